// Connections to analyzers: how they are, and the spans without flows.

const STATES = {
	connected: { glyph: "up", word: "up" },
	connecting: { glyph: "starting", word: "connecting" },
	waiting: { glyph: "down", word: "down" },
	failed: { glyph: "failed", word: "failed" },
	closing: { glyph: "stopped", word: "closing" },
	closed: { glyph: "stopped", word: "closed" },
};

/** → {glyph, word, bad: nothing comes, and not because nobody wants it} */
export function stateOf({ state, problem }) {
	const known = STATES[state] ?? { glyph: "stopped", word: state };
	const isDown = state === "waiting" || state === "failed" || (state === "connecting" && Boolean(problem));
	return isDown && state === "connecting" ? { glyph: "down", word: "down", bad: true } : { ...known, bad: isDown };
}

/** "ws://skydive-a:8082/ws/subscriber/flow" → "skydive-a:8082" */
export function analyzerOf(url) {
	return /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] || url;
}

const REASONS = {
	reconnect: "connected anew",
	closed: "closed by the analyzer",
	silence: "silent for longer than silence_timeout, connected anew",
	unreachable: "the analyzer could not be reached",
	refused: "refused by the analyzer",
	subscriber: "the connection's process ended",
	widened: "connected anew to ask for more",
	supervisor: "Sluice was not running",
};

export const reasonOf = ({ reason }) => REASONS[reason] ?? reason;

/** listed: GET /v1/subscriptions, live: as they are now → all gaps, the newest first: {…gap, number, url, pipelines} */
export function gapsOf(listed, live) {
	const now = new Map(live.map((subscription) => [subscription.number, subscription]));
	return listed
		.flatMap(({ number, url, gaps, pipelines }) =>
			(gaps ?? []).map((gap) => ({ ...gap, number, url, pipelines: now.get(number)?.pipelines ?? pipelines })),
		)
		.sort((a, b) => Date.parse(b.from) - Date.parse(a.from));
}

/** Sum of what lies within the last day, where the server does not say it itself: {count, seconds} */
export function lastDay(gaps, now) {
	const recent = (gaps ?? []).filter(({ to, from }) => Date.parse(to ?? from) > now - 86_400_000);
	return { count: recent.length, seconds: recent.reduce((total, { seconds }) => total + (seconds ?? 0), 0) };
}
