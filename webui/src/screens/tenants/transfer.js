// Everything from one file: first the plan, then the deed.
import { useRef, useState } from "preact/hooks";
import { count, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request } from "../../lib/http.js";
import { hrefTo } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { curlOf, quote } from "../../model/curl.js";
import { CurlButton } from "../../parts/copy.js";
import { ProblemLine } from "../../parts/problem.js";
import { useMayWrite } from "../../state/live.js";

const CHOICES = [
	[
		"prune",
		"Delete what is not in it",
		"Tenants and pipelines that the file does not have are deleted: with a part of an export, all the rest.",
	],
	[
		"later",
		"Secrets come later",
		"A pipeline whose secrets are not known here is created stopped, and waits for them. Without this it is an error.",
	],
	[
		"discard",
		"Throw away what is not written",
		"A pipeline that is deleted while flows of it wait in its spool is refused otherwise.",
	],
];

function importPath({ prune, later, discard }, isPlan) {
	const query = new URLSearchParams();
	if (isPlan) query.set("dry_run", "true");
	if (prune) query.set("prune", "true");
	if (prune && discard) query.set("discard", "true");
	if (later) query.set("secrets", "later");
	return `/v1/import${query.size > 0 ? `?${query}` : ""}`;
}

const commandOf = (choices, file) =>
	curlOf("POST", importPath(choices), {
		options: `-H 'Content-Type: application/yaml' --data-binary @${quote(file?.name ?? "all.yml")}`,
	});

const ACTIONS = { start: "it starts", restart: "its worker restarts", stop: "it stops" };

function Effect({ item }) {
	const missing = item.secrets_missing ?? [];
	return html`${ACTIONS[item.action]}
	${missing.length > 0 && html` <span class="warn">waits for ${missing.join(", ")}</span>`}
	${item.discarded && html` <span class="bad">${count(item.discarded.flows, "flow")} thrown away</span>`}`;
}

function Plan({ plan }) {
	const shown = plan.items.filter(({ outcome }) => outcome !== "none");
	if (shown.length === 0) return html`<p class="pad t2">Everything is as the file says.</p>`;
	return html`<div class="scroll" role="region" tabindex="0" aria-label="What happens to each">
		<table class="tb" aria-label="What happens to each">
			<thead>
				<tr>
					<th scope="col">Document</th>
					<th scope="col">What</th>
					<th scope="col">Outcome</th>
					<th scope="col">Effect</th>
				</tr>
			</thead>
			<tbody>
				${shown.map(
					(item) =>
						html`<tr>
							<td class="t3">${item.document ?? "–"}</td>
							<td>${item.kind} <b class="b">${item.tenant ? `${item.tenant}/` : ""}${item.name}</b></td>
							<td class=${item.outcome === "delete" ? "bad" : null}>${item.outcome}</td>
							<td class="t2 any"><${Effect} item=${item} /></td>
						</tr>`,
				)}
			</tbody>
		</table>
	</div>`;
}

function Mistakes({ errors }) {
	return html`<section class="card">
		<div class="hd"><h2>Mistakes</h2><span class="t3">nothing was changed</span></div>
		<div class="scroll" role="region" tabindex="0" aria-label="Mistakes">
			<table class="tb" aria-label="Mistakes">
				<thead>
					<tr>
						<th scope="col">Document</th>
						<th scope="col" class="r">Line</th>
						<th scope="col">Field</th>
						<th scope="col">What is wrong</th>
					</tr>
				</thead>
				<tbody>
					${errors.map(
						(error) =>
							html`<tr>
								<td>${error.document ?? "–"}</td>
								<td class="r m">${error.line ? `${error.line}:${error.column}` : "–"}</td>
								<td class="m any">${error.pointer}</td>
								<td class="any"><bdi>${error.detail}</bdi>.${error.suggestion && html` <span class="t2">Perhaps ${error.suggestion}.</span>`}</td>
							</tr>`,
					)}
				</tbody>
			</table>
		</div>
	</section>`;
}

function Warnings({ warnings }) {
	if (!warnings?.length) return null;
	return html`<ul class="pad errs">
		${warnings.map((warning) => html`<li class="any"><span class="m t3">${warning.pointer}</span> ${warning.detail}</li>`)}
	</ul>`;
}

const COUNTS = ["create", "change", "delete"];
const summaryOf = ({ counts }) =>
	COUNTS.filter((key) => counts[key] > 0)
		.map((key) => `${key} ${number(counts[key])}`)
		.join(", ");

function Source({ file, text, busy, onFile, onText }) {
	const input = useRef(null);
	return html`<div class="fld">
			<label for="import-file">File</label>
			<div>
				<input ref=${input} class="in" id="import-file" type="file" accept=".yml,.yaml,.json" disabled=${busy} onChange=${(event) => onFile(event.target.files[0] ?? null)} />
				<div class="help">As Export makes it, or a part of one. At most 64 MB and 5000 documents.</div>
			</div>
		</div>
		${
			!file &&
			html`<div class="fld">
			<label for="import-text">or text</label>
			<textarea
				class="in m"
				id="import-text"
				rows="10"
				spellcheck=${false}
				placeholder=${"---\nkind: tenant\nname: acme"}
				value=${text}
				disabled=${busy}
				onInput=${(event) => onText(event.target.value)}
			></textarea>
		</div>`
		}`;
}

// What was planned holds for the same text and the same choices alone: while an answer is awaited they stay as they are.
function useImport() {
	const [given, setGiven] = useState({ file: null, text: "", prune: false, later: false, discard: false });
	const [state, setState] = useState({ plan: null, problem: null, busy: false });
	const give = (values) => {
		setGiven((known) => ({ ...known, ...values }));
		setState({ plan: null, problem: null, busy: false });
	};
	async function send(isPlan) {
		setState((known) => ({ ...known, problem: null, busy: true }));
		try {
			const body = given.file ? await given.file.text() : given.text;
			const answer = await request("POST", importPath(given, isPlan), { body, type: "application/yaml" });
			say(isPlan ? "The plan is shown below" : "Imported");
			setState({ plan: answer.body, problem: null, busy: false });
		} catch (problem) {
			setState({ plan: null, problem, busy: false });
		}
	}
	return { given, give, ...state, send };
}

function Choices({ given, give, busy }) {
	return html`<div class="fld">
		<span class="lab">Choices</span>
		<div class="stack">
			${CHOICES.filter(([key]) => key !== "discard" || given.prune).map(
				([key, label, about]) =>
					html`<div>
						<label class="chk"><input type="checkbox" checked=${given[key]} disabled=${busy} onChange=${() => give({ [key]: !given[key] })} />${label}</label>
						<div class="help">${about}</div>
					</div>`,
			)}
		</div>
	</div>`;
}

function Result({ plan, busy, onApply }) {
	const mayWrite = useMayWrite();
	const summary = summaryOf(plan);
	const deletes = plan.counts.delete > 0;
	return html`<section class="card data">
		<div class="hd" role="status">
			<h2>${plan.dry_run ? "Plan" : "Done"}</h2>
			<span class="t2">${summary || "nothing to change"}${plan.counts.none > 0 && `, ${number(plan.counts.none)} as they are`}</span>
			<span class="t3 hide-m">${plan.dry_run && "checked without changing anything"}</span>
		</div>
		<${Warnings} warnings=${plan.warnings} />
		<${Plan} plan=${plan} />
		${
			plan.dry_run &&
			summary &&
			html`<div class="pad">
			<button type="button" class="btn ${deletes ? "riskpri" : "pri"}" disabled=${busy || !mayWrite} onClick=${onApply}>
				Import: ${summary}
			</button>
		</div>`
		}
	</section>`;
}

export function Import() {
	const mayWrite = useMayWrite();
	const { given, give, plan, problem, busy, send } = useImport();
	const isEmpty = !given.file && !given.text.trim();
	return html`<div class="title">
			<h1><a class="crumb" href=${hrefTo(["tenants"])}>Tenants</a> <span class="t3">/</span> Import</h1>
			<span class="t3 hide-m">tenants and pipelines, all or nothing</span>
			<div class="end"><${CurlButton} command=${commandOf(given, given.file)} /></div>
		</div>
		<section class="card pad">
			<${Source} file=${given.file} text=${given.text} busy=${busy} onFile=${(file) => give({ file })} onText=${(text) => give({ text })} />
			<${Choices} given=${given} give=${give} busy=${busy} />
			<div class="fld">
				<span></span>
				<div>
					<button type="button" class="btn ${plan ? "" : "pri"}" disabled=${isEmpty || busy || !mayWrite} onClick=${() => send(true)}>Show the plan</button>
				</div>
			</div>
		</section>
		${problem && html`<${ProblemLine} problem=${{ ...problem, message: problem.message, errors: [] }} lead="Not imported." />`}
		${problem?.errors?.length > 0 && html`<${Mistakes} errors=${problem.errors} />`}
		${plan && html`<${Result} plan=${plan} busy=${busy} onApply=${() => send(false)} />`}`;
}
