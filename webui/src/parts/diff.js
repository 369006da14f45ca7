// The difference of two texts: what goes in red, what comes in green, the rest folded.
import { count } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Needed } from "./needed.js";

const load = () => import("../model/diff.js");
const SIGNS = { add: "+", del: "−", "": "" };
const SAID = { add: "added", del: "removed" };

const Fold = ({ lines }) =>
	html`<div class="fold"><span></span><span></span><span></span><span>${count(lines, "line")} unchanged</span></div>`;

const Row = ({ kind, old, fresh, text }) =>
	html`<div class=${kind}>
		<span class="no">${old}</span><span class="no">${fresh}</span>
		<span>${kind && html`<span aria-hidden="true">${SIGNS[kind]}</span><span class="sr">${SAID[kind]}</span>`}</span><bdi>${text}</bdi>
	</div>`;

function Rows({ rows, label }) {
	if (!rows.some(({ kind }) => SAID[kind])) return html`<p class="pad t2">No difference.</p>`;
	return html`<div class="diff" role="region" tabindex="0" aria-label=${label}>
		${rows.map((row) => (row.kind === "fold" ? html`<${Fold} lines=${row.count} />` : html`<${Row} ...${row} />`))}
	</div>`;
}

/** before, after: texts. label: of what, for those who hear it. */
export const Diff = ({ before, after, label = "Differences" }) =>
	html`<${Needed} load=${load}>
		${({ differences }) => html`<${Rows} rows=${differences(before, after)} label=${label} />`}
	<//>`;
