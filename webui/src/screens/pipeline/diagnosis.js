// What is wrong with the pipeline, on each of its tabs.
import { html } from "../../lib/html.js";
import { useModule } from "../../lib/module.js";
import { hrefTo } from "../../lib/route.js";
import { diagnose } from "../../model/diagnosis.js";
import { stopperOf } from "../../model/happenings.js";
import { plain } from "../../model/text.js";
import { Glyph } from "../../parts/glyph.js";
import { Countdown } from "../../parts/times.js";
import { useKnownEvents } from "../../state/pipeline_events.js";
import { useRole } from "../../state/session.js";

function Part({ part, pipeline, role }) {
	if (typeof part === "string") return part;
	if (part.code) return html`<span class="m">${part.code}</span>`;
	if (!part.link) return html`<bdi>${part.value}</bdi>`;
	// a viewer has no page to edit
	if (part.link === "edit" && role === "viewer") return part.text;
	return html`<a class="link" href=${hrefTo(["pipelines", pipeline.tenant, pipeline.name, part.link])}>${part.text}</a>`;
}

function Side({ side }) {
	const { label, value, time } = side;
	const figure = time === undefined ? value : time ? html`<${Countdown} time=${time} />` : "now";
	return html`<div class="side">${label} <b>${figure}</b></div>`;
}

const loadAdvice = () => import("../../model/advice.js");

export function Diagnosis({ pipeline, growth }) {
	const role = useRole();
	const { loaded: advice, failed } = useModule(loadAdvice);
	const stoppedBy = stopperOf(useKnownEvents(pipeline));
	const found = diagnose(pipeline, { advice, growth: growth.spool(), lost: growth.lost(), stoppedBy });
	if (!found || !(advice || failed)) return null;
	const show = (list) => list.map((part) => html`<${Part} part=${part} pipeline=${pipeline} role=${role} />`);
	// figures change all the time: heard is what is wrong, when it begins to be
	return html`<div class="diag ${found.tone}">
		<${Glyph} name=${found.glyph} />
		<p><b class="b">${show(found.title)}</b> ${show(found.evidence)}</p>
		${found.todo.length > 0 && html`<p class="do">${show(found.todo)}</p>`}
		${found.side && html`<${Side} side=${found.side} />`}
		<div class="sr" role=${found.tone === "bad" ? "alert" : "status"}>${plain(found.title)}</div>
	</div>`;
}
