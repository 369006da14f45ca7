// How much of what is used.
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { toneOfUse } from "../../model/limits.js";
import { Bytes, Num } from "../../parts/figures.js";
import { Gauge } from "../../parts/graphs.js";

const isLimit = (limit) => limit !== null && limit !== undefined;

/** A figure with a bar where there is a limit. */
export const Use = ({ used, limit, children }) =>
	html`<div class="use">
		<span>${children}</span>
		${isLimit(limit) && used !== null ? html`<${Gauge} share=${limit ? used / limit : 1} tone=${toneOfUse(used, limit)} />` : html`<span></span>`}
	</div>`;

export const Limit = ({ value, kind }) => {
	if (!isLimit(value)) return html`<span class="t3">none</span>`;
	return kind === "bytes" ? html`<${Bytes} value=${value} />` : html`<${Num} value=${value} />`;
};

export const ofLimit = (limit) => isLimit(limit) && html` <span class="t3">of ${number(limit)}</span>`;

export const sinksOf = ({ sinks }) => (sinks ? sinks.join(", ") || "none" : "all");
