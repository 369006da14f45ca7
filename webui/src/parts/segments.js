// One of a few, all of them visible.
import { html } from "../lib/html.js";

/** options: [[value, text], …] */
export const Segments = ({ label, labelledBy, options, value, onChange, id, disabled }) =>
	html`<div class="seg" role="group" id=${id} aria-label=${label} aria-labelledby=${labelledBy}>
		${options.map(
			([option, text]) =>
				html`<button type="button" aria-pressed=${String(option === value)} disabled=${disabled} onClick=${() => onChange(option)}>
					${text}
				</button>`,
		)}
	</div>`;
