// Times: ages and countdowns that go on by themselves; the tooltip has the full time.
import { age, duration, stamp } from "../lib/format.js";
import { html } from "../lib/html.js";
import { secondsSince, useNow } from "../lib/time.js";

/** How long ago: "5 min". */
export function Age({ time }) {
	const seconds = secondsSince(time, useNow());
	return html`<span title=${time ? stamp(time) : null}>${age(seconds)}</span>`;
}

/** How long since: "5m 12s". */
export function Since({ time }) {
	const seconds = secondsSince(time, useNow());
	return html`<span title=${time ? stamp(time) : null}>${duration(seconds)}</span>`;
}

/** "41 s" until a time; "0 s" once it has come. */
export function Countdown({ time }) {
	const at = typeof time === "number" ? time : Date.parse(time);
	const left = Math.max(0, Math.ceil((at - useNow()) / 1000));
	return left < 100 ? html`<b title=${stamp(at)}>${left}</b> s` : html`<b title=${stamp(at)}>${duration(left)}</b>`;
}
