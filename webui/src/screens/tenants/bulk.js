// All of a tenant's pipelines started, stopped or restarted, and what comes of it for each.
import { useState } from "preact/hooks";
import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request, tenantPath } from "../../lib/http.js";
import { hrefTo } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { useStore } from "../../lib/store.js";
import { glyphOf, toneOf, wordOf } from "../../model/health.js";
import { Glyph } from "../../parts/glyph.js";
import { ProblemLine } from "../../parts/problem.js";
import { fleet } from "../../state/live.js";
import { Ask } from "./ask.js";

const VERBS = { start: "Start", stop: "Stop", restart: "Restart" };

/** → {asked: {verb, items, problem} or null, run(verb, body), close()} */
export function useBulk(id) {
	const [asked, setAsked] = useState(null);
	async function run(verb, body) {
		setAsked(null);
		try {
			const answer = await request("POST", tenantPath(id, `/pipelines:${verb}`), { body });
			setAsked({ verb, items: answer.body.items, problem: null });
			say(`${VERBS[verb]} all: ${count(answer.body.items.length, "pipeline")} told`);
		} catch (problem) {
			// one that is refused makes the answer a problem; the others are in it
			setAsked({ verb, items: problem.body?.items ?? [], problem });
		}
	}
	return { asked, run, close: () => setAsked(null) };
}

export function BulkButtons({ id, pipelines, disabled, run }) {
	const all = count(pipelines.length, "pipeline");
	const off = disabled || pipelines.length === 0;
	return html`<${Ask}
			label="Start all"
			question=${`Start all ${all} of ${id}?`}
			choices=${[["Start", () => run("start"), "pri"]]}
			disabled=${off}
		/>
		<${Ask}
			label="Restart all"
			question=${`Restart all ${all} of ${id}? Each new worker goes on at the same flow: none is lost. Stopped ones are started.`}
			choices=${[["Restart", () => run("restart"), "pri"]]}
			disabled=${off}
		/>
		<${Ask}
			label="Stop all"
			question=${`Stop all ${all} of ${id}? What was read is written or spooled first, at most 10 s.`}
			choices=${[
				["Stop", () => run("stop")],
				["Force", () => run("stop", { force: true }), "risk"],
			]}
			disabled=${off}
		/>`;
}

function Outcome({ id, item, pipeline }) {
	return html`<tr>
		<td><a class="b" href=${hrefTo(["pipelines", id, item.name])}>${item.name}</a></td>
		<td>
			<span class="state">
				${pipeline && html`<${Glyph} name=${glyphOf(pipeline)} />`}
				<span class=${pipeline ? toneOf(pipeline) : "t3"}>${pipeline ? wordOf(pipeline) : "gone"}</span>
			</span>
		</td>
		<td class="t2 any">${item.error && html`<b class="b">${item.error.detail}</b> <span class="t3 sm">${item.error.code}</span>`}</td>
	</tr>`;
}

/** Each that was asked, with its state as it is by now. */
export function BulkResult({ id, asked, onClose }) {
	const { byKey } = useStore(fleet);
	if (!asked) return null;
	const { verb, items, problem } = asked;
	const refused = items.filter(({ error }) => error).length;
	const head = `${VERBS[verb]} all: ${count(items.length - refused, "pipeline")} told`;
	return html`<section class="card data">
		<div class="hd" role="status">
			<h2>${head}</h2>
			${refused > 0 && html`<span class="bad">${count(refused, "pipeline")} refused</span>`}
			<div class="end"><button type="button" class="btn s" onClick=${onClose}>Close</button></div>
		</div>
		${problem && refused === 0 && html`<${ProblemLine} problem=${problem} />`}
		${
			items.length > 0 &&
			html`<div class="scroll">
			<table class="tb" aria-label="What came of it">
				<thead>
					<tr>
						<th scope="col">Pipeline</th>
						<th scope="col">State now</th>
						<th scope="col">Refused because</th>
					</tr>
				</thead>
				<tbody>
					${items.map((item) => html`<${Outcome} key=${item.name} id=${id} item=${item} pipeline=${byKey.get(`${id}/${item.name}`)} />`)}
				</tbody>
			</table>
		</div>`
		}
	</section>`;
}
