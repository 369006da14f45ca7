// The connections to analyzers, as the banner of the pipelines' page sums them up.
import { isOn } from "./health.js";

/** "ws://skydive-a:8082/ws" → "skydive-a:8082"; what is no address as it is, none: "" */
export function hostOf(url) {
	return /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url ?? "")?.[1] ?? url ?? "";
}

/** up; down (it should be, and is not); coming; off (it waits for its workers, or no pipeline needs it any more) */
export function connectionState({ state, problem }) {
	if (state === "connected") return "up";
	if (["waiting", "closing", "closed"].includes(state)) return "off";
	return problem || state === "failed" ? "down" : "coming";
}

// Of those that are told; null: none is.
function total(subscriptions, of) {
	const told = subscriptions.map(of).filter((value) => value !== null && value !== undefined);
	return told.length > 0 ? told.reduce((sum, value) => sum + value, 0) : null;
}

function least(subscriptions, of) {
	const told = subscriptions.map(of).filter((value) => value !== null && value !== undefined);
	return told.length > 0 ? Math.min(...told) : null;
}

/** How many pipelines have nothing because this one is down. */
export function concerned({ pipelines: count, url }, pipelines) {
	return count ?? pipelines.filter((pipeline) => pipeline.route?.analyzer === url && isOn(pipeline)).length;
}

// Of the last day; a server that does not tell that tells what was since it started.
function lately(subscriptions) {
	const isDay = subscriptions.some(({ reconnects_24h: day }) => day !== undefined);
	return {
		span: isDay ? " in 24 h" : "",
		reconnects: total(subscriptions, (told) => (isDay ? told.reconnects_24h : told.reconnects)),
		gap: total(subscriptions, (told) => (isDay ? told.gap_seconds_24h : told.gap_seconds)),
	};
}

/** What the banner says: figures that nobody has told are null. */
export function sumConnections(subscriptions) {
	const wanted = subscriptions.filter((subscription) => connectionState(subscription) !== "off");
	const up = wanted.filter((subscription) => connectionState(subscription) === "up");
	return {
		wanted,
		up: up.length,
		down: wanted.filter((subscription) => connectionState(subscription) === "down"),
		flows: total(wanted, ({ rates }) => rates?.flows),
		messages: total(wanted, ({ rates }) => rates?.messages),
		age: least(up, ({ last_message_age_seconds: age }) => age),
		...lately(subscriptions),
		lost: total(subscriptions, ({ lost }) => lost),
	};
}
