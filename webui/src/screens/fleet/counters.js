// How many pipelines are in which state; each is a filter, and several may be on.
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { setQuery } from "../../lib/route.js";
import { HEALTHS } from "../../model/health.js";
import { Glyph } from "../../parts/glyph.js";

/** states: those that are on. Switches one on or off; none: all are shown. */
export function toggleState(states, id) {
	const next = !id ? [] : states.includes(id) ? states.filter((state) => state !== id) : [...states, id];
	setQuery({ state: next.join(",") });
}

const Counter = ({ id, label, about, value, pressed, onClick }) =>
	html`<button type="button" aria-pressed=${String(pressed)} class=${value ? null : "zero"} title=${about} onClick=${onClick}>
		<span class="n">${value === null ? html`<span class="z">–</span>` : number(value)}</span>
		<span class="l">${id && html`<${Glyph} name=${id} />`}${label}</span>
	</button>`;

/** counts: null while nothing is known. */
export const Counters = ({ counts, states }) =>
	html`<div class="card counts" role="group" aria-label="Filter by state">
		<${Counter}
			label="All"
			about=${null}
			value=${counts ? counts.all : null}
			pressed=${states.length === 0}
			onClick=${() => toggleState(states, null)}
		/>
		${HEALTHS.map(
			({ id, label, about }) =>
				html`<${Counter}
					key=${id}
					id=${id}
					label=${label}
					about=${about}
					value=${counts ? counts[id] : null}
					pressed=${states.includes(id)}
					onClick=${() => toggleState(states, id)}
				/>`,
		)}
	</div>`;
