// The server's clock, by which ages are told: the browser's may be wrong.
import { createStore, useStore } from "./store.js";

let aheadMs = 0;

/** The server says (RFC 3339) what time it is. */
export function setServerTime(text) {
	const at = Date.parse(text);
	if (!Number.isNaN(at)) aheadMs = at - Date.now();
}

/** Milliseconds since 1970 by the server's clock. */
export const now = () => Date.now() + aheadMs;

const second = createStore(0);
// (a process that only tests this does not wait for it)
setInterval(() => second.set((n) => n + 1), 1000).unref?.();

/** now(), the component being drawn again each second. */
export function useNow() {
	useStore(second);
	return now();
}

/** Seconds from a time (RFC 3339, or milliseconds) until at; null: the time is unknown. */
export function secondsSince(time, at = now()) {
	const from = typeof time === "number" ? time : Date.parse(time ?? "");
	return Number.isNaN(from) ? null : Math.max(0, (at - from) / 1000);
}
