// Leaving with something that is not saved, and finding it again.
import { html } from "../../lib/html.js";
import { Dialog } from "../../parts/dialog.js";
import { Glyph } from "../../parts/glyph.js";

export function Leave({ onStay, onLeave }) {
	const footer = html`
		<button type="button" class="btn riskpri" onClick=${onLeave}>Leave without saving</button>
		<button type="button" class="btn" autofocus onClick=${onStay}>Stay</button>
	`;
	return html`<${Dialog} title="Leave without saving?" onClose=${onStay} footer=${footer}>
		<p>What you have changed here is not saved. It is gone when you leave.</p>
	<//>`;
}

/** Says that what is shown was written before. */
export function RestoredLine({ edit, onStartOver, onClose }) {
	if (!edit.isRestored) return null;
	const lost = edit.lost.length > 0 ? ` Secrets are not kept: write them again (${edit.lost.join(", ")}).` : "";
	return html`<div class="note ${lost ? "warn" : ""}" role="status">
		${lost && html`<${Glyph} name="warn" />`}
		<span class="grow any"><b class="b">What you had not saved is here again.</b>${lost}</span>
		<button type="button" class="btn s" onClick=${onStartOver}>Start over</button>
		<button type="button" class="btn s" onClick=${onClose}>Close</button>
	</div>`;
}
