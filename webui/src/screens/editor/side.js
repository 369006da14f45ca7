// What is right and wrong with it, all at once; what the connections say; the way on.
import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { Glyph } from "../../parts/glyph.js";
import { ProblemLine } from "../../parts/problem.js";
import { tryConnections } from "./check.js";

const placeOf = ({ line, column, path }) => `${line ? `line ${line}:${column} ` : ""}${path}`;

function Found({ problems, onGo, onMend }) {
	return html`<ol class="errs">
		${problems.map(
			(problem) => html`<li>
				<div class="any">${problem.detail}</div>
				${placeOf(problem) && html`<button type="button" class="go" onClick=${() => onGo(problem)}>${placeOf(problem)}</button>`}
				${
					problem.canMend &&
					html`<div><button type="button" class="btn s mend" onClick=${() => onMend(problem)}><span class="el">${problem.mendLabel}</span></button></div>`
				}
				${!problem.canMend && problem.suggestion && html`<div class="t2 sm any">${problem.suggestion}</div>`}
			</li>`,
		)}
	</ol>`;
}

function headOf({ state, problems, problem }) {
	if (problems.length > 0) return ["failed", count(problems.length, "error"), "checked as you type"];
	if (problem) return ["warn", "Not checked", ""];
	if (state === "unknown") return ["changing", "Not checked yet", ""];
	return state === "checking" ? ["changing", "Checking", ""] : ["ok", "Valid", "checked with host_id and quota"];
}

const PROBES = { analyzer: "Analyzer", topology: "Topology", sink: "Sink" };

function Probe({ form, edit, opened, isReady, onGo }) {
	const [result, setResult] = useState(null);
	const [isBusy, setBusy] = useState(false);
	const present = useRef(edit.text);
	present.current = edit.text;
	useEffect(() => setResult(null), [edit.text, edit.tenant]);
	async function go() {
		setBusy(true);
		const now = await tryConnections(form, edit).catch((problem) => ({ problem }));
		setBusy(false);
		// else what was tried was another configuration
		if (present.current === edit.text) setResult(now);
	}
	const works = ([what, does]) =>
		html`<li class="row"><${Glyph} name=${does ? "ok" : "bad"} />${PROBES[what] ?? what} ${does ? "works" : "does not work"}</li>`;
	const found = result?.errors ? form.kit.problemsOf(opened, result.errors, result.body) : [];
	return html`<div class="card">
		<div class="hd">
			<h2>Connections</h2>
			<div class="end">
				<button type="button" class="btn s" disabled=${!isReady || isBusy} onClick=${go}>${isBusy ? "Trying…" : "Try connections"}</button>
			</div>
		</div>
		<div role="status">
			${result?.probe && html`<ul class="pad">${Object.entries(result.probe).map(works)}</ul>`}
			${found.length > 0 && html`<${Found} problems=${found} onGo=${onGo} />`}
			<${ProblemLine} problem=${result?.problem} lead="Not tried." />
			${!result && html`<p class="pad t3 sm">Asks analyzer and sink whether they take this, and leaves nothing behind.</p>`}
		</div>
	</div>`;
}

function Warnings({ warnings, onGo, onMend }) {
	if (warnings.length === 0) return null;
	return html`<div class="card">
		<div class="hd">
			<${Glyph} name="warn" />
			<h2>${count(warnings.length, "warning")}</h2>
			<span class="end t3 sm">does not stop it</span>
		</div>
		<${Found} problems=${warnings} onGo=${onGo} onMend=${onMend} />
	</div>`;
}

const EVERY = "Every error is listed, not only the first. Review opens when there is none.";

/** check: of useCheck, its problems with those of the name. mayWrite: the page may change something now. */
export function Side({ form, edit, opened, check, summary, mayWrite, cancelHref, onGo, onMend, onReview }) {
	const { problems, warnings } = check;
	const [glyph, title, note] = headOf(check);
	const isReady = problems.length === 0 && opened.errors.length === 0 && mayWrite;
	return html`<aside class="side-p stack" id="found" aria-label="Checks">
		<div class="card">
			<div class="hd">
				<${Glyph} name=${glyph} />
				<h2><span role="status">${title}</span></h2>
				<span class="end t3 sm">${note}</span>
			</div>
			${
				problems.length > 0
					? html`<${Found} problems=${problems} onGo=${onGo} onMend=${onMend} />`
					: html`<p class="pad t2 any">${check.problem?.message ?? summary}</p>`
			}
		</div>
		<div class="btns">
			<button type="button" class="btn pri" disabled=${!isReady} onClick=${onReview}>Review changes</button>
			<a class="btn" href=${cancelHref}>Cancel</a>
		</div>
		${problems.length > 0 && html`<p class="t3 sm">${EVERY}</p>`}
		<${Warnings} warnings=${warnings} onGo=${onGo} onMend=${onMend} />
		<${Probe} form=${form} edit=${edit} opened=${opened} isReady=${isReady} onGo=${onGo} />
	</aside>`;
}
