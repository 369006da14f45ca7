// What needs attention: one line for each cause, red ones first.
import { useMemo, useState } from "preact/hooks";
import { count, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useStore } from "../../lib/store.js";
import { attentionOf } from "../../model/attention.js";
import { keyOf } from "../../model/health.js";
import { GroupLine, PipelineLine } from "./attention_line.js";
import { starts } from "./starting.js";

// So many lines, then "Show n more"; one more line is no reason to hide some.
const LINES = 7;
// Of a cause that is opened.
const MEMBERS = 20;

const toggled = (set, value) => {
	const next = new Set(set);
	if (!next.delete(value)) next.add(value);
	return next;
};

const ShowMore = ({ rest, onClick }) =>
	html`<div class="it">
		<span></span><button type="button" class="btn quiet s" onClick=${onClick}>Show ${number(rest)} more</button>
	</div>`;

function Members({ group }) {
	const [all, setAll] = useState(false);
	const { pipelines } = group;
	const shown = all ? pipelines : pipelines.slice(0, MEMBERS);
	return html`${shown.map((pipeline) => html`<${PipelineLine} key=${keyOf(pipeline)} pipeline=${pipeline} sub />`)}
	${shown.length < pipelines.length && html`<${ShowMore} rest=${pipelines.length - shown.length} onClick=${() => setAll(true)} />`}`;
}

function Lines({ groups }) {
	const [all, setAll] = useState(false);
	const [open, setOpen] = useState(new Set());
	const shown = all || groups.length <= LINES + 1 ? groups : groups.slice(0, LINES);
	return html`${shown.map((group) =>
		group.pipelines.length === 1
			? html`<${PipelineLine} key=${group.id} pipeline=${group.pipelines[0]} />`
			: html`<${GroupLine}
						key=${group.id}
						group=${group}
						isOpen=${open.has(group.id)}
						onToggle=${() => setOpen(toggled(open, group.id))}
					/>${open.has(group.id) && html`<${Members} key=${`${group.id} members`} group=${group} />`}`,
	)}
	${shown.length < groups.length && html`<${ShowMore} rest=${groups.length - shown.length} onClick=${() => setAll(true)} />`}`;
}

/** isFiltered: while one looks for something it is one line, unless one asks for it. */
export function Attention({ pipelines, isFiltered }) {
	const [asked, setAsked] = useState(false);
	const started = useStore(starts);
	const { count: bad, groups } = useMemo(() => {
		const kept = [...started].filter(([, { problem }]) => !problem).map(([key, { since }]) => [key, since]);
		return attentionOf(pipelines, new Map(kept));
	}, [pipelines, started]);
	if (bad === 0) return null;
	const causes = groups.length < bad ? `, ${count(groups.length, "cause")}` : "";
	const isShort = isFiltered && !asked;
	return html`<section class="card att" aria-labelledby="att-h">
		<div class="hd">
			<h2 id="att-h">Needs attention</h2>
			<span class="t3">${count(bad, "pipeline")}${causes}</span>
			${
				isFiltered &&
				html`<button type="button" class="btn quiet s" aria-expanded=${String(asked)} onClick=${() => setAsked(!asked)}>
				${asked ? "Hide" : "Show"}
			</button>`
			}
		</div>
		${!isShort && html`<${Lines} groups=${groups} />`}
	</section>`;
}
