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

/** "41 s" until a time; "0 s" once it has come. Where it stands in what is announced, its going on is not. */
export function Countdown({ time }) {
	const at = typeof time === "number" ? time : Date.parse(time);
	const left = Math.max(0, Math.ceil((at - useNow()) / 1000));
	const [figure, unit] = left < 100 ? [left, " s"] : [duration(left), ""];
	return html`<b aria-live="off" title=${stamp(at)}>${figure}</b>${unit}`;
}
