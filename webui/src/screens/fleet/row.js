// A pipeline in the table: a row of 30 px, or on a narrow page a card of two lines.
import { stamp } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { memo } from "../../lib/memo.js";
import { hrefTo } from "../../lib/route.js";
import { sinkOf, transformOf } from "../../model/filter.js";
import { glyphOf, healthOf, isOn, lostOf, MUCH_LAG, MUCH_SPOOL, toneOf, wordOf } from "../../model/health.js";
import { ratesOf } from "../../model/samples.js";
import { Bytes, Num, Rate } from "../../parts/figures.js";
import { Glyph } from "../../parts/glyph.js";
import { Spark } from "../../parts/graphs.js";
import { Since } from "../../parts/times.js";

const SPARK = 30;
// An object more would not fit: it is as good as full.
const FULL = 0.99;

const UNKNOWN = html`<span class="z">–</span>`;

export const pipelineHref = ({ tenant, name }) => hrefTo(["pipelines", tenant, name]);

// Transitions are on their way to what is desired.
function differs(pipeline) {
	const health = healthOf(pipeline);
	if (health === "changing") return false;
	return (pipeline.desired_state === "running") === ["failed", "backoff", "stopped"].includes(health);
}

// Plain functions, no components: a table has some hundred cells on the screen.
function stateCell(pipeline) {
	const health = healthOf(pipeline);
	const quiet = health === "idle" || health === "stopped" ? "t3" : "t2";
	return html`<span class="st">
		${Glyph({ name: glyphOf(pipeline) })}<span class=${toneOf(pipeline) || quiet}>${wordOf(pipeline)}</span>
	</span>`;
}

const wayCell = (pipeline) =>
	pipeline.route
		? html`<bdi>${transformOf(pipeline)}</bdi> <span class="t3">→</span> <bdi class="t2">${sinkOf(pipeline)}</bdi>`
		: UNKNOWN;

// Flows come, and nothing goes out of what is not excluded: value is 0.
function isStuck(pipeline, value) {
	const { seen, excluded } = pipeline.rates ?? {};
	return healthOf(pipeline) === "stalled" || (value === 0 && toneOf(pipeline) !== "" && seen - (excluded ?? 0) > 0);
}

const last = (samples, name) => ratesOf(samples?.[name], samples?.interval_s).slice(-SPARK);

function flowsCell(pipeline) {
	if (!isOn(pipeline)) return html`<span class="fl"><span class="nf">${UNKNOWN}</span></span>`;
	const isIdle = healthOf(pipeline) === "idle";
	const { samples, rates, last_flow_at: lastFlow } = pipeline;
	const kind = isIdle ? "idle" : isStuck(pipeline, rates?.written) ? "stuck" : "";
	return html`<span class="fl">
		${Spark({ seen: last(samples, "seen"), written: last(samples, "written"), kind })}
		<span class="nf" title=${isIdle && lastFlow ? `last flow at ${stamp(lastFlow)}` : null}>${Rate({ value: rates?.seen })}</span>
	</span>`;
}

function recordsCell(pipeline) {
	if (!isOn(pipeline)) return UNKNOWN;
	const { records_out: out } = pipeline.rates ?? {};
	return out === 0 && isStuck(pipeline, out) ? html`<span class="warn b">0</span>` : Rate({ value: out });
}

function spoolTone({ spool }) {
	if (!spool) return "";
	if (spool.limit_bytes && spool.bytes >= spool.limit_bytes * FULL) return "bad";
	return spool.bytes > MUCH_SPOOL ? "warn" : "";
}

function figureCells(pipeline) {
	const lost = lostOf(pipeline);
	const lag = pipeline.lag_flows;
	return html`<td class="c-fl">${flowsCell(pipeline)}</td>
		<td class="c-out r">${recordsCell(pipeline)}</td>
		<td class="c-lost r ${lost > 0 ? "bad" : ""}">${Num({ value: lost })}</td>
		<td class="c-lag r ${lag > MUCH_LAG ? "warn" : ""}">${Num({ value: lag })}</td>
		<td class="c-sp r ${spoolTone(pipeline)}">${Bytes({ value: pipeline.spool?.bytes })}</td>
		<td class="c-rs r">${Num({ value: pipeline.restarts?.recent })}</td>
		<td class="c-up r t2">
			${isOn(pipeline) && pipeline.worker ? html`<${Since} time=${pipeline.worker.started_at} />` : UNKNOWN}
		</td>`;
}

/** index: in the whole list, from 0; place: in the document. A title has what its cell has no room for. */
export const Row = memo(({ pipeline, index, place, isSelected }) => {
	const { tenant, name, host_id: hostId, desired_state: desired } = pipeline;
	const link = html`<a class="nm" href=${pipelineHref(pipeline)}>${name}</a>`;
	const way = pipeline.route && `${transformOf(pipeline)} → ${sinkOf(pipeline)}`;
	return html`<tr data-index=${index} data-place=${place} aria-rowindex=${index + 2} class=${isSelected ? "sel" : null}>
		<td class="c-st">${stateCell(pipeline)}</td>
		<td class="c-tn t2" title=${tenant}>${tenant}<span class="full"> <span class="t3">/</span> ${link}</span></td>
		<td class="c-nm" title=${name}>${link}</td>
		<td class="c-des ${differs(pipeline) ? "" : "t3"}">${desired ?? "–"}</td>
		<td class="c-hid" title=${hostId || null}><bdi class="m t2">${hostId || UNKNOWN}</bdi></td>
		<td class="c-sink" title=${way}>${wayCell(pipeline)}</td>
		${figureCells(pipeline)}
	</tr>`;
});
