// What was refused: its detail, all its errors, then code and request id.
import { html } from "../lib/html.js";
import { Glyph } from "./glyph.js";

/** One line at the top of what it concerns. lead: what was tried; onClose: null keeps it. */
export function ProblemLine({ problem, lead, tone = "bad", onClose, children }) {
	if (!problem) return null;
	return html`<div class="note ${tone}" role="alert">
		<${Glyph} name=${tone} />
		<span class="grow">
			<b class="b">${lead ? `${lead} ` : ""}${problem.message}</b>
			${problem.errors?.map((error) => html` <span class="t2">${error.pointer} ${error.detail}. ${error.suggestion ?? ""}</span>`)}
			${" "}<span class="t3 sm">${problem.code}${problem.requestId ? `, request ${problem.requestId}` : ""}</span>
		</span>
		${children}${onClose && html`<button type="button" class="btn s" onClick=${onClose}>Close</button>`}
	</div>`;
}
