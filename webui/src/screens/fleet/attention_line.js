// One line of what needs attention: a pipeline, or several of one cause.
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { hrefTo } from "../../lib/route.js";
import { useStore } from "../../lib/store.js";
import { attentionGlyph, causeOf } from "../../model/attention.js";
import { healthOf, keyOf, wordOf } from "../../model/health.js";
import { Glyph, Icon } from "../../parts/glyph.js";
import { Age, Countdown } from "../../parts/times.js";
import { useMayWrite } from "../../state/live.js";
import { useRole } from "../../state/session.js";
import { startOf, startPipeline, starts } from "./starting.js";

function When({ pipeline, cause }) {
	if (healthOf(pipeline) === "failed") return "no more tries";
	return cause.nextAt ? html`${cause.verb} <${Countdown} time=${cause.nextAt} />` : null;
}

const Since = ({ cause }) => (cause.since ? html`for <${Age} time=${cause.since} />` : null);

const Said = ({ text }) => html`<span class="msg el" title=${text}><bdi>${text}</bdi></span>`;

// What is told where the message stands: what was asked for, and what came of it.
function Result({ started, pipeline, cause }) {
	if (!started) return html`<${Said} text=${cause.message} />`;
	if (started.asked) return html`<span class="msg el">Starting…</span>`;
	const { problem } = started;
	if (!problem) return html`<span class="msg el">Started, it is ${wordOf(pipeline)}.</span>`;
	const request = problem.requestId ? `, request ${problem.requestId}` : "";
	const text = `Not started: ${problem.message} ${problem.code}${request}`;
	return html`<span class="msg el bad" role="alert" title=${text}><bdi>${text}</bdi></span>`;
}

function Start({ pipeline, started }) {
	const role = useRole();
	const mayWrite = useMayWrite();
	if (role === "viewer" || healthOf(pipeline) !== "failed") return null;
	return html`<button
		type="button"
		class="btn s"
		aria-label=${`Start ${keyOf(pipeline)}`}
		disabled=${!mayWrite || Boolean(started?.asked)}
		onClick=${() => startPipeline(pipeline)}
	>
		Start
	</button>`;
}

/** sub: of a cause that is opened. */
export function PipelineLine({ pipeline, sub = false }) {
	const started = useStore(starts, (all) => startOf(all, pipeline));
	const cause = causeOf(pipeline);
	return html`<div class="it ${sub ? "sub" : ""}">
		${sub ? html`<span></span>` : html`<${Glyph} name=${attentionGlyph(pipeline)} label=${wordOf(pipeline)} />`}
		<a class="el" href=${hrefTo(["pipelines", pipeline.tenant, pipeline.name])}>
			<span class="t2">${pipeline.tenant}</span> <span class="t3">/</span> <span class="b">${pipeline.name}</span>
		</a>
		<${Result} started=${started} pipeline=${pipeline} cause=${cause} />
		<span class="when"><${When} pipeline=${pipeline} cause=${cause} /></span>
		<span class="age"><${Since} cause=${cause} /></span>
		<span class="act"><${Start} pipeline=${pipeline} started=${started} /></span>
	</div>`;
}

export const GroupLine = ({ group, isOpen, onToggle }) =>
	html`<div class="it">
		<${Glyph} name=${group.glyph} label=${wordOf(group.first)} />
		<button type="button" class="btn quiet s" aria-expanded=${String(isOpen)} onClick=${onToggle}>
			<span class="b">${number(group.pipelines.length)} pipelines</span><${Icon} name=${isOpen ? "down" : "right"} />
		</button>
		<${Said} text=${group.cause.message} />
		<span class="when"><${When} pipeline=${group.first} cause=${group.cause} /></span>
		<span class="age"><${Since} cause=${group.cause} /></span>
		<span class="act"></span>
	</div>`;
