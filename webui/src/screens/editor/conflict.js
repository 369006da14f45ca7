// Somebody else has saved it meanwhile: what that was, and one's own changes on top of it.
import { Fragment } from "preact";
import { html } from "../../lib/html.js";
import { request, pipelinePath } from "../../lib/http.js";
import { Glyph } from "../../parts/glyph.js";
import { Age } from "../../parts/times.js";
import { loadBase } from "./state.js";

/** What is saved now, and who saved it: {base, who, at}. Throws Problem. */
export async function loadConflict(form, { tenant, name }) {
	const [base, list] = await Promise.all([
		loadBase(form, tenant, name),
		request("GET", pipelinePath(tenant, name, "/revisions?limit=1")).catch(() => null),
	]);
	const last = list?.body.items[0];
	return { base, who: last?.who_description || last?.who, at: last?.at };
}

/** The line at the top. mine: the revision that was edited. */
export function ConflictLine({ conflict, mine, isCompared, onCompare, onTop }) {
	const { base, who, at } = conflict;
	const isSame = base.revision === mine;
	const what = isSame ? `what stands beside revision ${mine} was changed` : `revision ${base.revision} was saved`;
	const by = isSame ? "" : html`${who && html` by <bdi>${who}</bdi>`}${at && html` <${Age} time=${at} /> ago`}`;
	const name = isSame ? "it" : base.revision;
	return html`<div class="note warn" role="alert">
		<${Glyph} name="warn" />
		<span class="grow any">
			<b class="b">Not applied: ${what}${by}, while you edited revision ${mine}.</b> Your changes are kept here.
		</span>
		<button type="button" class="btn s" aria-pressed=${String(isCompared)} onClick=${onCompare}>Compare with ${name}</button>
		<button type="button" class="btn s" onClick=${onTop}>Put my changes on top of ${name}</button>
	</div>`;
}

/** Fields that both have changed: one's own stands there, the other's can be taken. */
export function Conflicts({ form, conflicts, revision, onTake, onClose }) {
	if (!conflicts?.length) return null;
	const shown = (value, keys) => form.kit.shownValue(value, keys, form.secrets);
	return html`<div class="card">
		<div class="hd">
			<h2>Changed by both</h2>
			<span class="t3">yours stands there now</span>
			<div class="end"><button type="button" class="btn s" onClick=${onClose}>Keep all of mine</button></div>
		</div>
		<dl class="pad both">
			${conflicts.map(
				(conflict) => html`<${Fragment} key=${conflict.keys.join("/")}>
					<dt class="m any">${form.kit.pathOf(conflict.keys[0] === "config" ? conflict.keys.slice(1) : conflict.keys)}</dt>
					<dd class="any">yours <bdi class="m">${shown(conflict.mine, conflict.keys)}</bdi></dd>
					<dd class="any">in ${revision} <bdi class="m">${shown(conflict.theirs, conflict.keys)}</bdi></dd>
					<dd><button type="button" class="btn s" onClick=${() => onTake(conflict)}>Take that of ${revision}</button></dd>
				<//>`,
			)}
		</dl>
	</div>`;
}
