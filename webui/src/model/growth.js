// What changes from one status of a pipeline to the next: how fast its spool grows, and by what flows are being lost.
const KEPT_MS = 300_000;
const MINUTE_MS = 65_000;
// less is the noise of objects that are cut and sent
const LEAST_MS = 30_000;

export function createGrowth() {
	let kept = [];

	const since = (ms) => {
		const last = kept.at(-1);
		return kept.find(({ at }) => last.at - at <= ms);
	};

	return {
		/** at: milliseconds by the server's clock. */
		add(pipeline, at) {
			if (!pipeline.counters || at <= (kept.at(-1)?.at ?? 0)) return;
			kept.push({ at, bytes: pipeline.spool?.bytes ?? 0, lost: pipeline.counters.flows_lost });
			kept = kept.filter((one) => at - one.at <= KEPT_MS);
		},
		/** Bytes a second; null: not known yet. */
		spool() {
			const [first, last] = [kept[0], kept.at(-1)];
			if (!first || last.at - first.at < LEAST_MS) return null;
			return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
		},
		/** Flows a second within the last minute, by reason; null: not known yet. */
		lost() {
			const last = kept.at(-1);
			const first = last && since(MINUTE_MS);
			if (!first || first === last) return null;
			const rate = (reason) => Math.max(0, ((last.lost[reason] - first.lost[reason]) * 1000) / (last.at - first.at));
			return Object.fromEntries(Object.keys(last.lost).map((reason) => [reason, rate(reason)]));
		},
	};
}

/** Bytes a second that the spool grows by, from one status alone: what comes in and does not leave, as large as what waits. */
export function spoolGrowth({ rates, spool }) {
	if (!spool?.flows || rates?.seen === undefined || rates.seen === null) return null;
	const staying = rates.seen - (rates.excluded ?? 0) - rates.written - rates.lost;
	return (staying * spool.bytes) / spool.flows;
}
