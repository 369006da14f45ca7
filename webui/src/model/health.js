// What state a pipeline is in, as one word of eight, how bad that is, and its glyph.

/** By severity; `changing` (starting, draining) counts as running. */
export const HEALTHS = [
	{ id: "failed", label: "Failed", about: "will not start again by itself" },
	{ id: "stalled", label: "Stalled", about: "flows arrive, nothing leaves" },
	{ id: "backoff", label: "Backoff", about: "ended, starts again soon" },
	{ id: "degraded", label: "Degraded", about: "runs, a condition is false" },
	{ id: "running", label: "Running", about: "flows arrive and leave" },
	{ id: "idle", label: "Idle", about: "runs, no flows arrive" },
	{ id: "stopped", label: "Stopped", about: "by request" },
];

const RANK = { failed: 0, stalled: 1, backoff: 2, degraded: 3, changing: 4, running: 5, idle: 6, stopped: 7 };

/** @param pipeline a Status of the API → failed stalled backoff degraded changing running idle stopped */
export function healthOf(pipeline) {
	const { state, flow_state: flow } = pipeline;
	if (state === "starting" || state === "draining") return "changing";
	if (state !== "running" && state !== "degraded") return state;
	if (flow === "stalled") return "stalled";
	return flow === "idle" && state === "running" ? "idle" : state;
}

export const rankOf = (pipeline) => RANK[healthOf(pipeline)] ?? 4;

/** Which of the counters it belongs to. */
export function counterOf(pipeline) {
	const health = healthOf(pipeline);
	return health === "changing" ? "running" : health;
}

/** The word for it: starting and draining by their own names. */
export function wordOf(pipeline) {
	const health = healthOf(pipeline);
	return health === "changing" ? pipeline.state : health;
}

/** From here on what waits, in flows and in bytes, is more than what is on its way. */
export const MUCH_LAG = 1000;
export const MUCH_SPOOL = 25e6;

/** Flows were lost within the last minute. */
export const isLosing = (pipeline) => (pipeline.rates?.lost ?? 0) > 0;

/** Its analyzer does not send, and will not send that again. */
const isCutOff = (pipeline) =>
	(pipeline.conditions ?? []).some(({ type, status }) => type === "SubscriptionUp" && status === false);

/** "bad": flows are being lost, or nobody tries again. "warn": not as wished. "" else. */
export function toneOf(pipeline) {
	const health = healthOf(pipeline);
	if (health === "failed") return "bad";
	if (health !== "stopped" && (isLosing(pipeline) || isCutOff(pipeline))) return "bad";
	return ["degraded", "backoff", "stalled"].includes(health) ? "warn" : "";
}

/** The glyph's name: stalled and degraded turn red once flows are being lost. */
export function glyphOf(pipeline) {
	const health = healthOf(pipeline);
	return toneOf(pipeline) === "bad" && (health === "stalled" || health === "degraded") ? `${health}bad` : health;
}

/** Does a worker run for it now? */
export const isOn = (pipeline) => ["running", "degraded", "draining"].includes(pipeline.state);

/** All flows lost, whatever by. */
export function lostOf(pipeline) {
	const lost = pipeline.counters?.flows_lost;
	return lost ? lost.ring + lost.overflow + lost.spool + lost.error : (pipeline.flows_lost ?? 0);
}

/** The conditions that are false. */
export const falseConditions = (pipeline) => (pipeline.conditions ?? []).filter(({ status }) => !status);

export const keyOf = ({ tenant, name }) => `${tenant}/${name}`;
