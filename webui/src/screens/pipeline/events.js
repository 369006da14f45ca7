// What has happened to the pipeline: what people did, and what came of itself.
import { clock, stamp } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { hrefTo } from "../../lib/route.js";
import { curlOf, eventsPath } from "../../model/curl.js";
import { byDay, linesOf } from "../../model/happenings.js";
import { clip } from "../../model/text.js";
import { CurlButton } from "../../parts/copy.js";
import { ProblemLine } from "../../parts/problem.js";
import { Age } from "../../parts/times.js";
import { usePipelineEvents } from "../../state/pipeline_events.js";

const LATEST = 4;
const LONGEST = 1000;
const TONES = { "": "t2", warn: "", bad: "bad" };

const Item = ({ item, short }) =>
	html`<li>
		<span class="t3 nw">${short ? html`<${Age} time=${item.at} />` : html`<time title=${stamp(item.at)}>${clock(item.at)}</time>`}</span>
		<span class="el ${item.who ? "b" : "t3"}" title=${item.who}><bdi>${item.who ?? item.by}</bdi></span>
		<span class=${TONES[item.tone]}><bdi>${clip(item.text, LONGEST)}</bdi></span>
	</li>`;

function Nothing({ whole, problem }) {
	if (problem) return html`<${ProblemLine} problem=${problem} />`;
	return html`<p class="pad t3">${whole ? "Nothing has happened since Sluice was started." : "Waiting for the first events."}</p>`;
}

/** events: of usePipelineEvents() */
export function LatestEvents({ pipeline, events }) {
	const items = linesOf(events.list).slice(0, LATEST);
	return html`<section class="card ev short">
		<div class="hd">
			<h2>Latest events</h2>
			<a class="link sm end" href=${hrefTo(["pipelines", pipeline.tenant, pipeline.name, "events"])}>All<span class="sr"> events</span></a>
		</div>
		${items.length === 0 ? html`<${Nothing} ...${events} />` : html`<ol>${items.map((item) => html`<${Item} key=${item.id} item=${item} short />`)}</ol>`}
	</section>`;
}

const Day = ({ day, items }) =>
	html`<h2 class="day">${day}</h2>
		<ol>${items.map((item) => html`<${Item} key=${item.id} item=${item} />`)}</ol>`;

export function Events({ pipeline }) {
	const events = usePipelineEvents(pipeline);
	const days = byDay(linesOf(events.list));
	return html`<section class="card ev" aria-label="Events">
		<div class="hd">
			<span class="t2">State changes, retries and what people did. Bold: a token acted.</span>
			<span class="end"><${CurlButton} command=${curlOf("GET", eventsPath(pipeline), { options: "-N" })} /></span>
		</div>
		${days.length === 0 ? html`<${Nothing} ...${events} />` : days.map((day) => html`<${Day} key=${day.day} ...${day} />`)}
	</section>`;
}
