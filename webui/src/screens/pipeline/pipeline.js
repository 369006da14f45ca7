// One pipeline: its head, what is wrong with it, and the tab that the address says.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { pipelinePath, request } from "../../lib/http.js";
import { hrefTo } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { useStore } from "../../lib/store.js";
import { now } from "../../lib/time.js";
import { createGrowth } from "../../model/growth.js";
import { wordOf } from "../../model/health.js";
import { ProblemLine } from "../../parts/problem.js";
import { useOrder } from "../../state/actions.js";
import { fleet, usePhase } from "../../state/live.js";
import { NotFound } from "../not_found.js";
import { Configuration } from "./config.js";
import { Diagnosis } from "./diagnosis.js";
import { Events } from "./events.js";
import { Head } from "./head.js";
import { Logs } from "./logs.js";
import { Overview } from "./overview.js";
import { Tap } from "./tap.js";

const TABS = [
	["", "Overview", Overview],
	["logs", "Logs", Logs],
	["tap", "Live tap", Tap],
	["config", "Configuration", Configuration],
	["events", "Events", Events],
];

const Tabs = ({ tenant, name, tab }) =>
	html`<nav class="tabs" aria-label="Pipeline">
		${TABS.map(
			([id, text]) =>
				html`<a href=${hrefTo(["pipelines", tenant, name, id].filter(Boolean))} aria-current=${id === tab ? "page" : null}>${text}</a>`,
		)}
	</nav>`;

/** Not told of by the event stream: is it not there, or not told yet? → the problem of asking for it, or null. */
function useMissing(tenant, name, isMissing) {
	const [problem, setProblem] = useState(null);
	useEffect(() => {
		if (!isMissing) return undefined;
		const stop = new AbortController();
		const path = pipelinePath(tenant, name, "/status");
		request("GET", path, { signal: stop.signal }).catch((caught) => stop.signal.aborted || setProblem(caught));
		return () => stop.abort();
	}, [tenant, name, isMissing]);
	return isMissing ? problem : null;
}

/** Its states are told to those who hear the page, beginning with the second; of what was asked for here the result is. */
function useAnnounced(pipeline) {
	const word = wordOf(pipeline);
	const isAsked = Boolean(useOrder(pipeline).verb);
	const last = useRef({ word, isAsked });
	useEffect(() => {
		if (last.current.word !== word && !last.current.isAsked && !isAsked) say(`${pipeline.name} is ${word}`);
		last.current = { word, isAsked };
	}, [word, isAsked]);
}

function Shown({ pipeline, tab }) {
	const growth = useRef(null);
	growth.current ??= createGrowth();
	growth.current.add(pipeline, now());
	useAnnounced(pipeline);
	const [, , Tab] = TABS.find(([id]) => id === tab);
	return html`<${Head} pipeline=${pipeline} />
		<${Diagnosis} pipeline=${pipeline} growth=${growth.current} />
		<${Tabs} tenant=${pipeline.tenant} name=${pipeline.name} tab=${tab} />
		<${Tab} pipeline=${pipeline} growth=${growth.current} />`;
}

const Bar = ({ width }) => html`<svg class="sk" width=${width} height="10" aria-hidden="true"></svg>`;

const Loading = ({ tenant, name, tab }) =>
	html`<div aria-busy="true">
			<div class="title">
				<h1><span class="crumb">${tenant}</span> <span class="t3">/</span> ${name}</h1>
			</div>
			<div class="meta">${[90, 110, 120, 70].map((width) => html`<${Bar} width=${width} />`)}</div>
		</div>
		<${Tabs} tenant=${tenant} name=${name} tab=${tab} />
		<section class="card path" aria-label="Waiting for the first snapshot">
			${["Analyzer", "Ring", "Worker", "Spool", "Sink"].map(
				(label) =>
					html`<div class="hop">
						<div class="l">${label}</div>
						<div class="f"><${Bar} width="70" /></div>
						<div class="d"><${Bar} width="110" /></div>
					</div>`,
			)}
		</section>`;

export function Pipeline({ tenant, name, tab }) {
	const pipeline = useStore(fleet, ({ byKey }) => byKey.get(`${tenant}/${name}`));
	const isLive = usePhase() === "live";
	const problem = useMissing(tenant, name, !pipeline && isLive);
	if (pipeline) return html`<${Shown} pipeline=${pipeline} tab=${tab} />`;
	if (problem?.status === 404) return html`<${NotFound} what="No such pipeline" name=${`${tenant}/${name}`} />`;
	return html`<${ProblemLine} problem=${problem} /><${Loading} tenant=${tenant} name=${name} tab=${tab} />`;
}
