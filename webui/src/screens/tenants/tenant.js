// One tenant: its limits and what it uses of them, its tokens, and what can be done to all of its pipelines.
import { useState } from "preact/hooks";
import { count, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request, tenantPath } from "../../lib/http.js";
import { hrefTo, isAt, navigate } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { useStore } from "../../lib/store.js";
import { toneOfUse } from "../../model/limits.js";
import { statesOf, usageOf, usesOf } from "../../model/tenants.js";
import { Dialog } from "../../parts/dialog.js";
import { Bytes, Num } from "../../parts/figures.js";
import { Glyph } from "../../parts/glyph.js";
import { Gauge } from "../../parts/graphs.js";
import { ProblemLine } from "../../parts/problem.js";
import { isChange, useFetched } from "../../state/fetched.js";
import { fleet, useMayWrite, usePhase } from "../../state/live.js";
import { NotFound } from "../not_found.js";
import { BulkButtons, BulkResult, useBulk } from "./bulk.js";
import { LIMITS, TenantDialog } from "./limits.js";
import { Tokens } from "./tokens.js";
import { Limit, sinksOf } from "./use.js";

function LimitRow({ kind, used, limit, unit, children }) {
	const [label, about] = LIMITS[kind];
	const hasLimit = limit !== null && limit !== undefined;
	return html`<tr>
		<td>
			${label}
			<div class="t3 sm">${about}</div>
		</td>
		<td class="r nw">${children}</td>
		<td class="r nw"><${Limit} value=${limit} kind=${unit} /></td>
		<td class="gw">${hasLimit && used !== null && html`<${Gauge} share=${limit ? used / limit : 1} tone=${toneOfUse(used, limit)} />`}</td>
	</tr>`;
}

function Limits({ tenant, use }) {
	const mayWrite = useMayWrite();
	const [isOpen, setIsOpen] = useState(false);
	const { limits } = tenant;
	return html`<section class="card data">
		<div class="hd">
			<h2>Limits</h2>
			<div class="end"><button type="button" class="btn s" disabled=${!mayWrite} onClick=${() => setIsOpen(true)}>Change</button></div>
		</div>
		<div class="scroll" role="region" tabindex="0" aria-label="Limits">
			<table class="tb" aria-label="Limits">
				<thead>
					<tr>
						<th scope="col">Limit</th>
						<th scope="col" class="r">In use</th>
						<th scope="col" class="r">Limit</th>
						<td></td>
					</tr>
				</thead>
				<tbody>
					<${LimitRow} kind="pipelines" used=${use.pipelines} limit=${limits.pipelines}><${Num} value=${use.pipelines} /><//>
					<${LimitRow} kind="spool_bytes" used=${use.spool} limit=${limits.spool_bytes} unit="bytes"><${Bytes} value=${use.spool} /><//>
					<${LimitRow} kind="worker_memory_bytes" used=${use.memory} limit=${limits.worker_memory_bytes} unit="bytes">
						<${Bytes} value=${use.memory} />${use.memory !== null && html` <span class="u">at most now</span>`}
					<//>
					<tr>
						<td>
							${LIMITS.sinks[0]}
							<div class="t3 sm">${LIMITS.sinks[1]}</div>
						</td>
						<td></td>
						<td class="r" colspan="2">${sinksOf(limits)}</td>
					</tr>
				</tbody>
			</table>
		</div>
		${isOpen && html`<${TenantDialog} tenant=${tenant} onClose=${() => setIsOpen(false)} />`}
	</section>`;
}

function States({ id, use, isKnown }) {
	const link = (state) => hrefTo(["pipelines"], { q: `tenant:${id}`, state });
	return html`<div class="row wrapx t2 data">
		${statesOf(use).map(
			([state, n], i) =>
				html`<span key=${state} class="row wrapx">
					${i > 0 && html`<span class="t3" aria-hidden="true">·</span>`}
					<a class="state" href=${link(state)}><${Glyph} name=${state} /><span>${number(n)} ${state}</span></a>
				</span>`,
		)}
		${
			use.pipelines > 0
				? html`<a class="link" href=${link("")}>All pipelines of ${id}</a>`
				: html`<span class="t3">${isKnown ? "No pipelines" : "Waiting for the first snapshot"}</span>`
		}
		<a class="link" href=${hrefTo(["new"], { tenant: id })}>New pipeline</a>
		${use.pipelines > 0 && html`<span class="t3" id="no-delete">Delete is off while pipelines exist.</span>`}
	</div>`;
}

function DeleteDialog({ id, onClose }) {
	const mayWrite = useMayWrite();
	const [typed, setTyped] = useState("");
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const canDelete = mayWrite && !busy && typed === id;
	async function submit(event) {
		event.preventDefault();
		if (!canDelete) return;
		setBusy(true);
		try {
			await request("DELETE", tenantPath(id));
			say(`Tenant ${id} deleted`);
			if (isAt(["tenants", id])) navigate("#/tenants");
		} catch (refused) {
			setProblem(refused);
			setBusy(false);
		}
	}
	const footer = html`<button type="button" class="btn" onClick=${onClose}>Cancel</button>
		<button form="delete" class="btn riskpri" disabled=${!canDelete}>Delete ${id}</button>`;
	return html`<${Dialog} title=${`Delete ${id}`} onClose=${onClose} footer=${footer}>
		<${ProblemLine} problem=${problem} />
		<p>Its tokens are revoked with it. This cannot be taken back.</p>
		<form id="delete" onSubmit=${submit}>
			<label class="lbl" for="delete-name">Type <b class="m">${id}</b> to delete it</label>
			<input
				class="in m"
				id="delete-name"
				autocomplete="off"
				spellcheck=${false}
				value=${typed}
				onInput=${(event) => setTyped(event.target.value)}
			/>
		</form>
	<//>`;
}

function Head({ tenant, pipelines, bulk }) {
	const id = tenant.name;
	const mayWrite = useMayWrite();
	const [isDeleting, setIsDeleting] = useState(false);
	const isUsed = pipelines.length > 0;
	return html`<div class="title">
		<${Crumb} id=${id} />
		<bdi class="t2 el" title=${tenant.display_name}>${tenant.display_name}</bdi>
		<div class="end">
			<${BulkButtons} id=${id} pipelines=${pipelines} disabled=${!mayWrite} run=${bulk.run} />
			<button
				type="button"
				class="btn risk"
				disabled=${isUsed || !mayWrite}
				title=${isUsed ? `Delete its ${count(pipelines.length, "pipeline")} first` : null}
				aria-describedby=${isUsed ? "no-delete" : null}
				onClick=${() => setIsDeleting(true)}
			>
				Delete
			</button>
		</div>
		${isDeleting && html`<${DeleteDialog} id=${id} onClose=${() => setIsDeleting(false)} />`}
	</div>`;
}

function Whole({ tenant }) {
	const id = tenant.name;
	const isKnown = usePhase() !== "loading";
	const { pipelines } = useStore(fleet);
	const own = pipelines.filter((pipeline) => pipeline.tenant === id);
	const use = usageOf(usesOf(own), id);
	const bulk = useBulk(id);
	return html`<${Head} tenant=${tenant} pipelines=${own} bulk=${bulk} />
		<${States} id=${id} use=${use} isKnown=${isKnown} />
		<${BulkResult} id=${id} asked=${bulk.asked} onClose=${bulk.close} />
		<div class="cols even">
			<${Limits} tenant=${tenant} use=${isKnown ? use : { ...use, pipelines: null }} />
			<${Tokens} tenant=${id} />
		</div>`;
}

const Crumb = ({ id }) =>
	html`<h1 class="el"><a class="crumb" href="#/tenants">Tenants</a> <span class="t3">/</span> ${id}</h1>`;

export function Tenant({ id }) {
	const { data, problem } = useFetched((signal) => request("GET", tenantPath(id), { signal }), isChange("tenant."));
	if (problem?.status === 404) return html`<${Crumb} id=${id} /><${NotFound} name=${`Tenant ${id}`} />`;
	return html`<${ProblemLine} problem=${problem} lead="The tenant cannot be shown." />
		${data ? html`<${Whole} tenant=${data.body} />` : html`<${Crumb} id=${id} />`}`;
}
