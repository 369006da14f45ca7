// What became of all flows that were seen.
import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { accountOf } from "../../model/account.js";
import { Bytes, Num, Rate } from "../../parts/figures.js";

const CLASS = { part: "ind", sum: "sum", "": "" };

const Row = ({ label, total, rate, kind, unit, bad }) =>
	html`<tr class=${CLASS[kind]}>
		<td>${label}</td>
		<td class="r ${bad ? "bad" : ""}">${unit === "bytes" ? html`<${Bytes} value=${total} />` : html`<${Num} value=${total} />`}</td>
		<td class="r ${bad && rate ? "bad" : "t2"}">${rate !== undefined && html`<${Rate} value=${rate} />`}</td>
	</tr>`;

export function Account({ pipeline, growth }) {
	const rows = accountOf(pipeline, growth.lost());
	const lapped = pipeline.counters?.flows_lost.ring;
	return html`<section class="card">
		<div class="hd"><h2>Account of flows</h2><span class="end t3 sm">since it was created</span></div>
		<table class="led">
			<thead>
				<tr><td></td><th class="r" scope="col">total</th><th class="r" scope="col">per s, 1 min</th></tr>
			</thead>
			<tbody>${rows?.map((row) => html`<${Row} ...${row} />`)}</tbody>
		</table>
		${
			lapped > 0 &&
			html`<p class="pad t3 sm">Flows lost in the ring were never classified: up to ${count(lapped, "of these was", "of these were")} this pipeline's.</p>`
		}
	</section>`;
}
