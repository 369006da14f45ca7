// A pipeline's revisions, newest first: what each changed, who wrote it, and how long it ran.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { pipelinePath, requestAll } from "../../lib/http.js";
import { useStore } from "../../lib/store.js";
import { wordOf } from "../../model/health.js";
import { outcomeOf, shortSummary } from "../../model/revisions.js";
import { Age } from "../../parts/times.js";
import { happened } from "../../state/live.js";

/** The id of the last change of a pipeline that was told. */
const lastChange =
	({ tenant, name }) =>
	(events) =>
		events.find(({ type, data }) => type === "change" && data.tenant === tenant && data.pipeline === name)?.id ?? "";

/** What is asked for again when the pipeline is another one than it was: ask(options) → a promise. */
export function useAsked(pipeline, ask) {
	const { tenant, name, revision, state } = pipeline;
	const change = useStore(happened, lastChange(pipeline));
	const [answer, setAnswer] = useState({ value: null, problem: null });
	useEffect(() => {
		const stop = new AbortController();
		ask({ signal: stop.signal }).then(
			(value) => stop.signal.aborted || setAnswer({ value, problem: null }),
			// what was told before stays
			(problem) => stop.signal.aborted || setAnswer(({ value }) => ({ value, problem })),
		);
		return () => stop.abort();
	}, [tenant, name, revision, state, change]);
	return answer;
}

export const useRevisions = (pipeline) =>
	useAsked(pipeline, (options) =>
		requestAll(pipelinePath(pipeline.tenant, pipeline.name, "/revisions?limit=100"), options),
	);

function Row({ row, outcome, chosen, onChoose }) {
	const who = row.who_description || row.who;
	const tone = row.outcome === "never_ready" ? "warn" : "";
	return html`<li>
		<button type="button" aria-pressed=${String(chosen)} onClick=${() => onChoose(row.revision)}>
			<span class="b r">${row.revision}</span>
			<bdi class="el" title=${row.summary}>${shortSummary(row.summary) || "nothing"}</bdi>
			<span class="t3 sm nw"><${Age} time=${row.at} /></span>
			<span></span>
			<span class="sm t3 el two" title=${`${who}, ${outcome}`}><bdi>${who}</bdi>, <span class=${tone}>${outcome}</span></span>
		</button>
	</li>`;
}

export const Revisions = ({ pipeline, revisions, chosen, onChoose }) =>
	html`<ol aria-label="Revisions">
		${revisions.map(
			(row) =>
				html`<${Row}
					key=${row.revision}
					row=${row}
					outcome=${outcomeOf(row, revisions, wordOf(pipeline))}
					chosen=${row.revision === chosen}
					onChoose=${onChoose}
				/>`,
		)}
	</ol>`;
