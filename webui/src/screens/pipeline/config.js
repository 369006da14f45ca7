// Configuration: what the pipeline has beside it, its revisions, and the way back to one of them.
import { bytes } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { pipelinePath, request } from "../../lib/http.js";
import { setQuery, useRoute } from "../../lib/route.js";
import { curlOf } from "../../model/curl.js";
import { before, told } from "../../model/revisions.js";
import { CurlButton } from "../../parts/copy.js";
import { ProblemLine } from "../../parts/problem.js";
import { Segments } from "../../parts/segments.js";
import { Age } from "../../parts/times.js";
import { useMayWrite } from "../../state/live.js";
import { forgetRollback, rollBack, useRollback } from "../../state/rollbacks.js";
import { useRole } from "../../state/session.js";
import { Revisions, useAsked, useRevisions } from "./revisions.js";
import { YamlView } from "./yaml_view.js";

const Fact = ({ name, children }) => html`<span class="fact"><span class="k">${name}</span>${children}</span>`;
const limitText = ([name, value]) => `${name} ${name.endsWith("_bytes") ? bytes(value) : value}`;

/** Description, labels and limits, which no revision has. */
function Beside({ pipeline }) {
	const path = pipelinePath(pipeline.tenant, pipeline.name);
	const { value } = useAsked(pipeline, (options) => request("GET", path, options).then(({ body }) => body));
	if (!value) return html`<div class="meta"><${Fact} name="description">–<//></div>`;
	const labels = Object.entries(value.labels ?? {});
	const limits = Object.entries(value.limits ?? {}).filter(([, limit]) => limit !== null);
	return html`<div class="meta">
		<${Fact} name="description">${value.description ? html`<bdi>${value.description}</bdi>` : "none"}<//>
		<${Fact} name="labels">
			${labels.length === 0 ? "none" : labels.map(([name, text], i) => html`${i > 0 && ", "}<bdi class="m">${name}=${text}</bdi>`)}
		<//>
		<${Fact} name="limits">${limits.length === 0 ? "only the tenant's" : limits.map(limitText).join(", ")}<//>
		<${Fact} name="created"><${Age} time=${value.created_at} /> ago<//>
		<${Fact} name="changed"><${Age} time=${value.updated_at} /> ago<//>
	</div>`;
}

/** What came of the last rollback, and the way back from it. */
function Outcome({ pipeline, revisions, rollback }) {
	const mayWrite = useMayWrite();
	if (!rollback || rollback.phase === "asked") return null;
	if (rollback.phase === "refused") {
		const lead = `Not rolled back to ${rollback.to}.`;
		return html`<${ProblemLine} problem=${rollback.problem} lead=${lead} onClose=${forgetRollback} />`;
	}
	const { text, tone, undo } = told(rollback, pipeline, revisions);
	return html`<div class="note ${tone}" role="status">
		<span class="grow">${text}</span>
		${
			undo !== null &&
			html`<button type="button" class="btn s" disabled=${!mayWrite} onClick=${() => rollBack(pipeline, undo)}>Back to ${undo}</button>`
		}
		<button type="button" class="btn s" onClick=${forgetRollback}>Close</button>
	</div>`;
}

function RollBack({ pipeline, to, rollback }) {
	const role = useRole();
	const mayWrite = useMayWrite();
	if (role === "viewer") return null;
	const isBusy = rollback?.phase === "asked";
	return html`<button type="button" class="btn" disabled=${!mayWrite || isBusy} onClick=${() => rollBack(pipeline, to)}>
		${isBusy ? `Rolling back to ${rollback.to}…` : `Roll back to ${to}`}
	</button>`;
}

/** The command of what is shown: reading it, and where one may, going back to it. */
function commandOf({ tenant, name }, row, role) {
	if (row.current) return curlOf("GET", pipelinePath(tenant, name), { options: "-H 'Accept: application/yaml'" });
	if (role === "viewer") return curlOf("GET", pipelinePath(tenant, name, `/revisions/${row.revision}`));
	const options = `-H 'Content-Type: application/json' -d '{"revision":${row.revision}}'`;
	return curlOf("POST", pipelinePath(tenant, name, "/rollback?wait=15s"), { options });
}

/** One revision: its head, and its YAML or difference. */
function Shown({ pipeline, revisions, row }) {
	const rollback = useRollback(pipeline);
	const role = useRole();
	const current = revisions.find((one) => one.current);
	const other = row.current ? before(row.revision, revisions) : current;
	const asked = useRoute().query.get("view");
	const view = other ? (asked ?? (row.current ? "yaml" : "diff")) : "yaml";
	const options = [["yaml", "YAML"]];
	if (other) options.push(["diff", row.current ? `Against ${other.revision}` : "Against current"]);
	return html`<div class="rev">
		<div class="hd wraps">
			<${Segments} label="View" value=${view} options=${options} onChange=${(value) => setQuery({ view: value })} />
			<span class="t3 sm hide-m">Secrets are never shown: {set: true} stands for them.</span>
			<div class="end">
				${!row.current && html`<${RollBack} pipeline=${pipeline} to=${row.revision} rollback=${rollback} />`}
				<span class="hide-m"><${CurlButton} command=${commandOf(pipeline, row, role)} /></span>
			</div>
		</div>
		<${Outcome} pipeline=${pipeline} revisions=${revisions} rollback=${rollback} />
		<${YamlView} pipeline=${pipeline} row=${row} against=${view === "diff" ? other : null} />
	</div>`;
}

export function Configuration({ pipeline }) {
	const { value: revisions, problem } = useRevisions(pipeline);
	const asked = Number(useRoute().query.get("rev"));
	// without a view each revision is shown by its own
	const choose = (revision) => setQuery({ rev: String(revision), view: "" });
	if (!revisions)
		return html`<section class="card pad" aria-busy=${String(!problem)}><${ProblemLine} problem=${problem} /></section>`;
	const row =
		revisions.find(({ revision }) => revision === asked) ?? revisions.find(({ current }) => current) ?? revisions[0];
	return html`<${Beside} pipeline=${pipeline} />
		<${ProblemLine} problem=${problem} lead="The revisions are not up to date." />
		<section class="card revs" aria-label="Configuration">
			<${Revisions} pipeline=${pipeline} revisions=${revisions} chosen=${row.revision} onChoose=${choose} />
			<${Shown} pipeline=${pipeline} revisions=${revisions} row=${row} />
		</section>`;
}
