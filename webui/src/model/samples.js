// The last 15 minutes of a pipeline or subscription: totals every interval_s, of which rates are made here.

/** Samples in 15 minutes. */
export const SAMPLES = 60;

const series = (samples) => Object.keys(samples).filter((key) => Array.isArray(samples[key]));

/** What is told later has only the newest sample: it goes behind those before, where it is the next one. */
export function appendSample(before, told) {
	if (!told || !before || told.count === undefined) return told ?? before;
	const missing = told.count - before.count;
	if (missing <= 0) return before;
	const names = series(told);
	if (names.length === 0 || missing > told[names[0]].length) {
		// some were missed: what cannot be told is a hole
		const hole = Array(Math.min(SAMPLES, missing) - (told[names[0]]?.length ?? 0)).fill(null);
		return join(before, told, names, hole, told[names[0]]?.length ?? 0);
	}
	return join(before, told, names, [], missing);
}

function join(before, told, names, hole, fresh) {
	const joined = { ...told };
	for (const name of names) {
		const newest = fresh > 0 ? told[name].slice(-fresh) : [];
		joined[name] = [...(before[name] ?? []), ...hole, ...newest].slice(-SAMPLES - 1);
	}
	return joined;
}

/** Totals → rates a second between them, newest last, one fewer than totals; null where a total is unknown. */
export function ratesOf(totals, intervalS) {
	const rates = [];
	for (let i = 1; i < (totals?.length ?? 0); i++) {
		const [from, to] = [totals[i - 1], totals[i]];
		// a worker that starts from an older record can fall back
		rates.push(from === null || to === null ? null : Math.max(0, (to - from) / intervalS));
	}
	return rates;
}
