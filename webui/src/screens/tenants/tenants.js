// All tenants: what each uses of what it may, and the admins' own tokens.
import { useState } from "preact/hooks";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { requestAll } from "../../lib/http.js";
import { hrefTo, useRoute } from "../../lib/route.js";
import { useStore } from "../../lib/store.js";
import { glyphOf } from "../../model/health.js";
import { problemsOf, usageOf, usesOf } from "../../model/tenants.js";
import { Bytes, Num, Rate } from "../../parts/figures.js";
import { Glyph } from "../../parts/glyph.js";
import { ProblemLine } from "../../parts/problem.js";
import { isChange, useFetched } from "../../state/fetched.js";
import { fleet, useMayWrite, usePhase } from "../../state/live.js";
import { TenantDialog } from "./limits.js";
import { Tokens } from "./tokens.js";
import { Import } from "./transfer.js";
import { Limit, ofLimit, sinksOf, Use } from "./use.js";

/** Those of a tenant's pipelines that need somebody, with the way there. */
export function Problems({ id, use }) {
	const problems = problemsOf(use);
	if (problems.length === 0) return html`<span class="z">none</span>`;
	const [worst] = problems[0];
	const tone = use.bad ? "bad" : "warn";
	const glyph = use.bad
		? glyphOf({ state: worst === "stalled" ? "running" : worst, flow_state: worst, rates: { lost: 1 } })
		: worst;
	const href = hrefTo(["pipelines"], { q: `tenant:${id}`, state: problems.map(([state]) => state).join(",") });
	return html`<a class="state" href=${href}>
		<${Glyph} name=${glyph} /><span class=${tone}>${problems.map(([state, n]) => `${number(n)} ${state}`).join(", ")}</span>
	</a>`;
}

function Row({ tenant, use }) {
	const { name, display_name: display, limits, tokens } = tenant;
	return html`<tr>
		<td class="nw"><a class="b" href=${hrefTo(["tenants", name])}>${name}</a></td>
		<td class="t2 any"><bdi class="clip" title=${display}>${display}</bdi></td>
		<td class="nw">${use && html`<${Problems} id=${name} use=${use} />`}</td>
		<td class="r nw">
			<${Use} used=${use?.pipelines ?? null} limit=${limits.pipelines}><${Num} value=${use?.pipelines} />${ofLimit(limits.pipelines)}<//>
		</td>
		<td class="r nw"><${Rate} value=${use?.flows} /></td>
		<td class="r nw"><${Use} used=${use?.spool ?? null} limit=${limits.spool_bytes}><${Bytes} value=${use?.spool} /><//></td>
		<td class="r nw t2 hide-m"><${Limit} value=${limits.worker_memory_bytes} kind="bytes" /></td>
		<td class="t2 hide-m">${sinksOf(limits)}</td>
		<td class="r t2"><${Num} value=${tokens} /></td>
	</tr>`;
}

const HEAD = [
	["Tenant"],
	["Display name"],
	["Problems"],
	["Pipelines", "r"],
	["Flows/s", "r"],
	["Spool", "r"],
	["Memory per worker", "r hide-m"],
	["Allowed sinks", "hide-m"],
	["Tokens", "r"],
];

const Waiting = () =>
	[0, 1, 2].map(
		(row) =>
			html`<tr key=${row}>
				${HEAD.map(([, side]) => html`<td class=${side}><svg class="sk" width="48" height="10" aria-hidden="true"></svg></td>`)}
			</tr>`,
	);

function Table({ tenants }) {
	const { pipelines } = useStore(fleet);
	const isKnown = usePhase() !== "loading";
	const uses = usesOf(pipelines);
	return html`<div class="card scroll data">
		<table class="tb hov" aria-label="Tenants" aria-busy=${String(!tenants)}>
			<thead>
				<tr>
					${HEAD.map(([text, side]) => html`<th scope="col" class=${side}>${text}</th>`)}
				</tr>
			</thead>
			<tbody>
				${
					tenants
						? tenants.map(
								(tenant) =>
									html`<${Row}
									key=${tenant.name}
									tenant=${tenant}
									use=${isKnown ? usageOf(uses, tenant.name) : undefined}
								/>`,
							)
						: html`<${Waiting} />`
				}
			</tbody>
		</table>
	</div>`;
}

const fileName = () => `sluice-${new Date().toISOString().slice(0, 10)}.yml`;

function List() {
	const mayWrite = useMayWrite();
	const [isNew, setIsNew] = useState(false);
	const { data, problem } = useFetched(
		(signal) => requestAll("/v1/tenants?limit=1000", { signal }),
		isChange("tenant.", "token."),
	);
	return html`<div class="title">
			<h1>Tenants</h1>
			<span class="t3">${data && number(data.length)}</span>
			<div class="end">
				<a class="btn" href="/v1/export" download=${fileName()} title="All tenants and pipelines as one file, without secrets and tokens">
					Export
				</a>
				<a class="btn" href=${hrefTo(["tenants"], { view: "import" })}>Import</a>
				<button type="button" class="btn pri" disabled=${!mayWrite} onClick=${() => setIsNew(true)}>New tenant</button>
			</div>
		</div>
		<${ProblemLine} problem=${problem} lead="The tenants cannot be shown." />
		<${Table} tenants=${data} />
		<${Tokens} />
		${isNew && html`<${TenantDialog} onClose=${() => setIsNew(false)} />`}`;
}

export function Tenants() {
	return useRoute().query.get("view") === "import" ? html`<${Import} />` : html`<${List} />`;
}
