// The conditions: what each part of the way says of itself.
import { html } from "../../lib/html.js";
import { toneOf } from "../../model/health.js";
import { clip } from "../../model/text.js";
import { Glyph } from "../../parts/glyph.js";
import { Age } from "../../parts/times.js";

const LONGEST = 1000;

function Row({ condition, tone }) {
	const isFalse = condition.status === false;
	const glyph = isFalse ? (tone === "bad" ? "failed" : "degraded") : condition.status === true ? "ok" : "stopped";
	const text = condition.message || (condition.field ? `see ${condition.field}` : "");
	return html`<tr>
		<td>
			<span class="state"><${Glyph} name=${glyph} label=${String(condition.status)} /><span class=${isFalse ? tone || "warn" : ""}>${condition.type}</span></span>
		</td>
		<td class="m nw ${isFalse ? "" : "t2"}">${condition.reason || "–"}</td>
		<td class="any ${isFalse ? "" : "t2"}"><bdi>${clip(text, LONGEST)}</bdi></td>
		<td class="r t2 nw">${condition.since && html`<${Age} time=${condition.since} />`}</td>
	</tr>`;
}

/** One of a pipeline that nobody wants to run is false without being wrong. */
const isCalm = ({ type, status, reason }, { state }) =>
	type === "WorkerReady" && status === false && reason === state && state !== "failed" && state !== "backoff";

export const Conditions = ({ pipeline }) =>
	html`<section class="card">
		<div class="hd"><h2>Conditions</h2></div>
		<div class="scroll" role="region" aria-label="Conditions" tabindex="0">
			<table class="tb cond">
				<thead>
					<tr>
						<th scope="col">Condition</th><th scope="col">Reason</th><th scope="col">Message</th><th scope="col" class="r">Since</th>
					</tr>
				</thead>
				<tbody>
					${(pipeline.conditions ?? []).map((condition) => {
						const shown = isCalm(condition, pipeline) ? { ...condition, status: "stopped" } : condition;
						return html`<${Row} key=${condition.type} condition=${shown} tone=${toneOf(pipeline)} />`;
					})}
				</tbody>
			</table>
		</div>
	</section>`;
