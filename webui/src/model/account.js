// The account of flows: seen = excluded + lost + waiting + written. What does not add up is told.
import { lostOf } from "./health.js";

const REASONS = ["ring", "overflow", "spool", "error"];
const sum = (object) => Object.values(object ?? {}).reduce((all, one) => all + one, 0);

/** Flows a second lost by a reason: known where it is the only one, or from what has changed lately. */
function lostRate(pipeline, reason, recent) {
	const { rates, counters } = pipeline;
	if (!counters.flows_lost[reason] || rates?.lost === 0) return 0;
	if (recent && sum(recent) > 0) return recent[reason];
	return counters.flows_lost[reason] === lostOf(pipeline) ? rates?.lost : null;
}

/**
 * @param pipeline a whole Status; recent: flows/s lost by reason within the last minute, or null
 * → [{label, total, rate, kind: "" | "part" | "sum", unit: "" | "bytes", bad}], null while it is not known
 */
export function accountOf(pipeline, recent = null) {
	const { counters, rates } = pipeline;
	if (!counters) return null;
	const [excluded, waiting, lost] = [sum(counters.flows_excluded), sum(counters.flows_waiting), lostOf(pipeline)];
	const rest = counters.flows_seen - excluded - lost - waiting - counters.flows_written;
	const known = rates && rates.seen !== null && rates.seen !== undefined && rates.excluded !== undefined;
	const staying = known ? Math.max(0, rates.seen - rates.excluded - rates.lost - rates.written) : null;
	const part = (label, total, rate, bad = false) => ({ label, total, rate, kind: "part", bad: bad && total !== 0 });
	return [
		{ label: "Flows seen", total: counters.flows_seen, rate: rates?.seen, kind: "" },
		part("excluded by filter", excluded, rates?.excluded),
		...REASONS.map((reason) =>
			part(`lost: ${reason}`, counters.flows_lost[reason], lostRate(pipeline, reason, recent), true),
		),
		part("waiting in ring and spool", waiting, staying),
		...(rest === 0 ? [] : [part("unaccounted", rest, undefined, true)]),
		{ label: "Flows written", total: counters.flows_written, rate: rates?.written, kind: "sum" },
		{ label: "Records written", total: counters.records_written, kind: "" },
		{ label: "Objects written", total: counters.objects_written, kind: "" },
		{ label: "Bytes written", total: counters.bytes_written, kind: "", unit: "bytes" },
	];
}
