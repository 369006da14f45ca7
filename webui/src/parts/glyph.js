// Signs: a state is a shape and a word, colour only repeats it.
import { html } from "../lib/html.js";

const running = html`<circle cx="6" cy="6" r="4" fill="var(--glyph-ok)" />`;
const starting = html`<circle cx="6" cy="6" r="3.6" fill="none" stroke="var(--glyph-mute)" stroke-width="1.2" /><path
		d="M6 2.4a3.6 3.6 0 0 1 0 7.2z"
		fill="var(--glyph-mute)"
	/>`;
const failed = html`<rect x=".8" y=".8" width="10.4" height="10.4" rx="2.4" fill="var(--glyph-bad)" /><path
		d="m3.9 3.9 4.2 4.2m0-4.2L3.9 8.1"
		stroke="var(--surface)"
		stroke-width="1.5"
	/>`;
const idle = html`<circle cx="6" cy="6" r="3.4" fill="none" stroke="var(--glyph-mute)" stroke-width="1.4" />`;
const backoff = html`<path d="M10.4 6A4.4 4.4 0 1 1 8.6 2.45" fill="none" stroke="var(--glyph-warn)" stroke-width="1.7" /><path
		d="M7 .4h4v4z"
		fill="var(--glyph-warn)"
	/>`;
const stalled = (color) =>
	html`<circle cx="6" cy="6" r="5.4" fill=${color} /><rect x="2.8" y="5" width="6.4" height="2" rx=".6" fill="var(--surface)" />`;
const triangle = (color) =>
	html`<path d="M6 .9 11.6 11H.4Z" fill=${color} stroke=${color} stroke-linejoin="round" stroke-width=".8" />`;

const GLYPHS = {
	running,
	ok: running,
	up: running,
	idle,
	calm: idle,
	stalled: stalled("var(--glyph-warn)"),
	stalledbad: stalled("var(--glyph-bad)"),
	degraded: triangle("var(--glyph-warn)"),
	warn: triangle("var(--glyph-warn)"),
	degradedbad: triangle("var(--glyph-bad)"),
	backoff,
	reconnecting: backoff,
	failed,
	bad: failed,
	down: failed,
	stopped: html`<rect x="2.2" y="2.2" width="7.6" height="7.6" rx="1" fill="none" stroke="var(--glyph-mute)" stroke-width="1.4" />`,
	starting,
	draining: starting,
	changing: starting,
};

/** label: what it says where no word stands beside it. */
export function Glyph({ name, label }) {
	const said = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
	return html`<svg width="12" height="12" viewBox="0 0 12 12" ...${said}>${GLYPHS[name]}</svg>`;
}

const ICONS = {
	search: html`<circle cx="7" cy="7" r="4.5" /><path d="m10.5 10.5 3 3" />`,
	copy: html`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M3.5 10.5h-1v-8h8v1" />`,
	theme: html`<circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />`,
	close: html`<path d="m4 4 8 8m0-8-8 8" />`,
	down: html`<path d="m4.5 6.5 3.5 3.5 3.5-3.5" />`,
	right: html`<path d="m6.5 4.5 3.5 3.5-3.5 3.5" />`,
	logo: html`<path d="M2 3.5h12M2 12.5h12M5 3.5v5M11 3.5v5M8 3.5v9" />`,
};

export const Icon = ({ name, size = 16 }) =>
	html`<svg width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" aria-hidden="true">
		${ICONS[name]}
	</svg>`;
