// The head of a pipeline's page: what it is, how it is, and what can be done with it.
import { useRef, useState } from "preact/hooks";
import { bytes, SPACE } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { hrefTo } from "../../lib/route.js";
import { glyphOf, isOn, toneOf, wordOf } from "../../model/health.js";
import { WORDS } from "../../model/orders.js";
import { Num } from "../../parts/figures.js";
import { Glyph } from "../../parts/glyph.js";
import { ProblemLine } from "../../parts/problem.js";
import { Since } from "../../parts/times.js";
import { forget, order, useOrder } from "../../state/actions.js";
import { useMayWrite } from "../../state/live.js";
import { useRole } from "../../state/session.js";
import { ConfirmStop, DeleteDialog } from "./confirm.js";
import { CurlMenu } from "./curl_menu.js";

const Meta = ({ label, children }) => html`<span><span class="k">${label}</span>${children}</span>`;

function Worker({ worker }) {
	const parts = [`pid ${worker.pid}`];
	if (worker.rss_bytes !== undefined) parts.push(bytes(worker.rss_bytes));
	if (typeof worker.cpu_percent === "number") parts.push(`${worker.cpu_percent.toFixed(1)}${SPACE}%`);
	return html`<${Meta} label="worker">${parts.join(", ")}<//>`;
}

function Facts({ pipeline }) {
	const { desired_state: desired, host_id: hostId, revision, restarts, worker } = pipeline;
	return html`<div class="meta">
		<span class="state ${toneOf(pipeline)}">${wordOf(pipeline)} <span class="t3">for <${Since} time=${pipeline.since} /></span></span>
		<${Meta} label="desired">${desired}<//>
		<${Meta} label="host_id"><span class="m">${hostId || "none"}</span><//>
		<${Meta} label="revision">${revision}<//>
		<${Meta} label="restarts"><${Num} value=${restarts?.total} /><//>
		${worker && html`<${Worker} worker=${worker} />`}
	</div>`;
}

/** The verb that is under way, asked for here or elsewhere. */
function busyWith(pipeline, { verb, problem }) {
	if (verb && !problem) return verb;
	if (pipeline.state === "draining") return pipeline.desired_state === "running" ? "restart" : "stop";
	return pipeline.state === "starting" ? "start" : "";
}

/** Start or Stop, in one place. */
function Toggle({ pipeline, busy, mayWrite, wasStopped, onStop }) {
	if (busy === "start" || busy === "stop") {
		// one that does not get ready can still be stopped
		const canStop = busy === "start" && mayWrite;
		return html`<button type="button" class="btn" disabled>${WORDS[busy].busy}</button>
			${canStop && html`<button type="button" class="btn" onClick=${onStop}>Stop</button>`}`;
	}
	if (pipeline.state === "stopped" || pipeline.state === "failed")
		return html`<button type="button" class="btn pri" disabled=${!mayWrite} onClick=${() => order(pipeline, "start")}>
			${wasStopped && pipeline.state === "stopped" ? "Start again" : "Start"}
		</button>`;
	return html`<button type="button" class="btn" disabled=${!mayWrite} onClick=${onStop}>Stop</button>`;
}

function Actions({ pipeline, busy, onDelete, onAnswered }) {
	const [asks, setAsks] = useState(false);
	const [wasStopped, setWasStopped] = useState(false);
	const mayWrite = useMayWrite();
	const stop = (body) => {
		setAsks(false);
		setWasStopped(true);
		onAnswered();
		order(pipeline, "stop", body);
	};
	const cancel = () => {
		setAsks(false);
		onAnswered();
	};
	if (asks && mayWrite) return html`<${ConfirmStop} pipeline=${pipeline} onStop=${stop} onCancel=${cancel} />`;
	const canRestart = mayWrite && !busy && (isOn(pipeline) || pipeline.state === "backoff");
	return html`<${Toggle} pipeline=${pipeline} busy=${busy} mayWrite=${mayWrite} wasStopped=${wasStopped} onStop=${() => setAsks(true)} />
		<button type="button" class="btn" disabled=${!canRestart} onClick=${() => order(pipeline, "restart")}>
			${busy === "restart" ? WORDS.restart.busy : "Restart"}
		</button>
		<a class="btn" href=${hrefTo(["pipelines", pipeline.tenant, pipeline.name, "edit"])}>Edit</a>
		<button type="button" class="btn risk" disabled=${!mayWrite} onClick=${onDelete}>Delete</button>`;
}

export function Head({ pipeline }) {
	const [deletes, setDeletes] = useState(false);
	const role = useRole();
	const asked = useOrder(pipeline);
	// the button that had the focus is gone by then
	const buttons = useRef(null);
	const focus = () => buttons.current.focus();
	const { tenant, name } = pipeline;
	return html`<div>
			<div class="title">
				<h1>
					<span class="row">
						<${Glyph} name=${glyphOf(pipeline)} label=${wordOf(pipeline)} />
						<span>
							<a class="crumb" href=${hrefTo(["pipelines"], { q: `tenant:${tenant}` })}>${tenant}</a>${" "}
							<span class="t3">/</span> ${name}
						</span>
					</span>
				</h1>
				<div class="end" ref=${buttons} tabindex="-1">
					${
						role === "viewer"
							? html`<span class="t3 sm">Read only: this token is a viewer</span>`
							: html`<${Actions} pipeline=${pipeline} busy=${busyWith(pipeline, asked)} onDelete=${() => setDeletes(true)} onAnswered=${focus} />`
					}
					<${CurlMenu} pipeline=${pipeline} mayWrite=${role !== "viewer"} />
				</div>
			</div>
			<${Facts} pipeline=${pipeline} />
		</div>
		<${ProblemLine} problem=${asked.problem} lead=${asked.problem && `Not ${WORDS[asked.verb].done}.`} onClose=${() => forget(pipeline)} />
		${deletes && html`<${DeleteDialog} pipeline=${pipeline} onClose=${() => setDeletes(false)} />`}`;
}
