// The last 15 minutes of a pipeline as columns of a graph: [times, seen, written, lost], rates a second, oldest first.
import { ratesOf } from "./samples.js";

/** Between the first and the last of 60 rates. */
export const SPAN_S = 59 * 15;

/** newestAt: seconds since 1970 of the newest sample. Where nothing was lost there is no bar. */
export function columnsOf(samples, newestAt) {
	const { interval_s: interval = 15, seen, written, lost } = samples ?? {};
	const rates = [seen, written, lost].map((totals) => ratesOf(totals, interval));
	const length = Math.max(...rates.map((column) => column.length));
	const times = Array.from({ length }, (_, i) => newestAt - (length - 1 - i) * interval);
	return [times, rates[0], rates[1], rates[2].map((value) => value || null)];
}
