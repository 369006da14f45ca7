// Connections to analyzers: how they are, and the spans without flows.
import { connectionState } from "./connections.js";

const SHOWN = {
	up: { glyph: "up", word: "up" },
	down: { glyph: "down", word: "down" },
	coming: { glyph: "starting", word: "connecting" },
};

/** → {glyph, word, bad: nothing comes, and not because nobody wants it} */
export function stateOf(subscription) {
	const kind = connectionState(subscription);
	const { glyph, word } = SHOWN[kind] ?? { glyph: "stopped", word: subscription.state };
	return { glyph, word: subscription.state === "failed" ? "failed" : word, bad: kind === "down" };
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
