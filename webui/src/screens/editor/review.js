// What saving comes to, before it is saved: the difference, the effect, and one button that does it.
import { useEffect, useMemo, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { hrefTo } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { CurlButton } from "../../parts/copy.js";
import { Diff } from "../../parts/diff.js";
import { ProblemLine } from "../../parts/problem.js";
import { useMayWrite } from "../../state/live.js";
import { save, savePath } from "./check.js";
import { Conflicts, ConflictLine, loadConflict } from "./conflict.js";
import { loadBase } from "./state.js";

const WAIT = "30s";
// it is stored, and does not run
const STORED = ["revision.never_ready", "pipeline.failed"];

const moreOf = ({ isNew, start }) => (isNew ? { desired_state: start ? "running" : "stopped" } : {});

function commandOf(edit) {
	const match = edit.base.etag ? ` \\\n  -H 'If-Match: ${edit.base.etag}'` : "";
	return `curl -sS -X ${edit.isNew ? "POST" : "PUT"} -H "Authorization: Bearer $SLUICE_TOKEN" -H 'Content-Type: application/yaml'${match} \\
  --data-binary @${edit.name}.yml '${location.origin}${savePath(edit, { wait: WAIT })}'`;
}

// Asks for the plan whenever what would be saved is another.
function usePlan(form, edit, mayWrite) {
	const [asked, setAsked] = useState({});
	useEffect(() => {
		if (!mayWrite) return undefined;
		let isOld = false;
		setAsked({});
		save(form, edit, { query: { dry_run: "true" }, more: moreOf(edit), etag: edit.base.etag }).then(
			({ body }) => !isOld && setAsked({ plan: body }),
			(problem) => !isOld && setAsked({ problem }),
		);
		return () => {
			isOld = true;
		};
	}, [edit.text, edit.beside, edit.start, edit.base, mayWrite]);
	return [asked, setAsked];
}

// → what was saved ({body}), or {problem} with what is there now, where that is known
async function apply(form, edit) {
	try {
		return await save(form, edit, { query: { wait: WAIT }, more: moreOf(edit), etag: edit.base.etag });
	} catch (problem) {
		const isStored = STORED.includes(problem.code);
		// what comes next is a change of what is stored now
		const base = isStored && !edit.isNew ? await loadBase(form, edit.tenant, edit.name).catch(() => null) : null;
		return { problem, isStored, base };
	}
}

function Effect({ sentences }) {
	return html`<section class="card">
		<div class="hd"><h2>Effect</h2><span class="t3">checked without changing anything</span></div>
		<div role="status">
			<ul class="pad eff">
				${(sentences ?? ["Asking what it would do."]).map((text) => html`<li class="any">${text}</li>`)}
			</ul>
		</div>
	</section>`;
}

// What was tried and did not come to be.
function Failure({ failure, edit }) {
	if (!failure) return null;
	const { tenant, name, isNew } = edit;
	const lead = failure.isStored ? "" : "Not applied.";
	return html`<${ProblemLine} problem=${failure.problem} lead=${lead}>
		${failure.isStored && html`<a class="btn s" href=${hrefTo(["pipelines", tenant, name])}>Open the pipeline</a>`}
		${failure.isStored && isNew && html`<a class="btn s" href=${hrefTo(["pipelines", tenant, name, "edit"])}>Edit it</a>`}
	<//>`;
}

function Changes({ form, edit, conflict }) {
	const { base, isNew, text, beside } = edit;
	const before = conflict ? conflict.base : base;
	const whole = (config, its) => form.kit.besideText(its) + config;
	const shown = useMemo(() => form.kit.maskSecrets(form.kit.openDocument(text), form.secrets), [form, text]);
	return html`<section class="card">
		<div class="hd">
			<h2>${isNew ? "New configuration" : "Changes"}</h2>
			<span class="t3">${isNew ? "" : `revision ${before.revision} against what you wrote`}</span>
			<div class="end"><${CurlButton} command=${commandOf(edit)} /></div>
		</div>
		<${Diff} before=${isNew ? "" : whole(before.text, before.beside)} after=${whole(shown, beside)} label="Differences" />
	</section>`;
}

// The plan, a conflict with what somebody else saved, and what came of applying it.
function useReview({ form, edit, update, onSaved }) {
	const mayWrite = useMayWrite();
	const [{ plan, problem }, setAsked] = usePlan(form, edit, mayWrite);
	const [isBusy, setBusy] = useState(false);
	const [failure, setFailure] = useState(null);
	const [conflict, setConflict] = useState(null);
	const stale = problem?.status === 412 || failure?.problem.status === 412;
	useEffect(() => {
		if (!stale) return;
		setFailure(null);
		loadConflict(form, edit).then(setConflict, (refused) => setFailure({ problem: refused }));
	}, [stale]);
	async function go() {
		if (isBusy || !plan || !mayWrite) return;
		setBusy(true);
		setFailure(null);
		const done = await apply(form, edit);
		setBusy(false);
		if (!done.problem) return onSaved(done.body);
		say("Not applied");
		setFailure(done);
		if (done.isStored && edit.isNew) onSaved(null);
		if (done.base) update({ base: done.base });
	}
	function top() {
		const merged = form.kit.onTopOf(form.schema, edit, conflict.base);
		if (!merged) return;
		setAsked({});
		setConflict(null);
		update(merged);
		say(`Your changes stand on top of ${conflict.base.revision}`);
	}
	return { plan, problem: stale ? null : problem, isBusy, failure, conflict, mayWrite, go, top };
}

/** onSaved(pipeline) when it is there: null, when it is stored and does not run. */
export function Review({ form, edit, update, tenantQuota, onBack, onSaved }) {
	const [isCompared, setCompared] = useState(false);
	const { plan, problem, isBusy, failure, conflict, mayWrite, go, top } = useReview({ form, edit, update, onSaved });
	const { base, beside, isNew } = edit;
	const isEmpty = plan && !isNew && form.kit.isNothing({ plan, base, beside });
	const take = (one) =>
		update({
			...form.kit.taken(form.schema, edit, [{ keys: one.keys, value: one.theirs }]),
			conflicts: edit.conflicts.filter((other) => other !== one),
		});
	const isOver = failure?.isStored && isNew;
	useEffect(() => {
		scrollTo(0, 0);
		document.getElementById("main").focus({ preventScroll: true });
	}, []);
	return html`<div class="stack sections">
		${conflict && html`<${ConflictLine} conflict=${conflict} mine=${base.revision} isCompared=${isCompared} onCompare=${() => setCompared(!isCompared)} onTop=${top} />`}
		<${Failure} failure=${failure} edit=${edit} />
		<${ProblemLine} problem=${problem} />
		<${Conflicts} form=${form} conflicts=${edit.conflicts} revision=${base.revision} onTake=${take} onClose=${() => update({ conflicts: [] })} />
		<${Changes} form=${form} edit=${edit} conflict=${isCompared ? conflict : null} />
		${!problem && !conflict && html`<${Effect} sentences=${plan && form.kit.effectsOf({ plan, base, beside, isNew, tenantQuota })} />`}
		${
			isNew &&
			html`<label class="chk">
			<input type="checkbox" checked=${edit.start} onChange=${(event) => update({ start: event.target.checked })} />Start it at once
		</label>`
		}
		<div class="btns">
			<button type="button" data-apply class="btn pri" disabled=${!plan || isBusy || !mayWrite || isEmpty || isOver || Boolean(conflict)} onClick=${go}>
				${isBusy ? "Applying…" : form.kit.verbOf(plan, isNew)}
			</button>
			<button type="button" class="btn" disabled=${isBusy} onClick=${onBack}>Back to editing</button>
		</div>
	</div>`;
}
