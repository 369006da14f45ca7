// What is asked before a pipeline is stopped or deleted.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { isAt, navigate } from "../../lib/route.js";
import { Dialog } from "../../parts/dialog.js";
import { ProblemLine } from "../../parts/problem.js";
import { deletePipeline } from "../../state/actions.js";
import { useMayWrite } from "../../state/live.js";

const DRAIN_S = 10;

/** In place of the buttons. onStop(body): what POST …/stop takes. */
export function ConfirmStop({ pipeline, onStop, onCancel }) {
	const first = useRef(null);
	// before anything is pressed
	useLayoutEffect(() => first.current.focus(), []);
	const keydown = (event) => {
		if (event.key === "Escape") onCancel();
	};
	return html`<div class="confirm" role="group" aria-label="Confirm stop" onKeyDown=${keydown}>
		<span>Stop ${pipeline.name}? What was read is written or spooled first, at most ${DRAIN_S} s.</span>
		<button ref=${first} type="button" class="btn riskpri" onClick=${() => onStop({ drain_timeout: `${DRAIN_S}s` })}>Stop</button>
		<button
			type="button"
			class="btn"
			title="Does not drain. What is spooled waits for the next start"
			onClick=${() => onStop({ force: true })}
		>
			Force
		</button>
		<button type="button" class="btn" onClick=${onCancel}>Cancel</button>
	</div>`;
}

/** Its name is to be typed. What is not written yet is asked for once more. */
export function DeleteDialog({ pipeline, onClose }) {
	const [typed, setTyped] = useState("");
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const mayWrite = useMayWrite();
	const unsent = problem?.code === "spool.not_empty" ? problem.body : null;
	const canDelete = mayWrite && !busy && typed === pipeline.name;
	async function remove(event) {
		event.preventDefault();
		if (!canDelete) return;
		setBusy(true);
		try {
			await deletePipeline(pipeline, { discard: Boolean(unsent) });
			if (isAt(["pipelines", pipeline.tenant, pipeline.name])) navigate("#/pipelines");
		} catch (refused) {
			setProblem(refused);
			setBusy(false);
		}
	}
	const verb = unsent ? `Discard ${count(unsent.flows, "flow")} and delete` : "Delete";
	const footer = html`<button type="button" class="btn" onClick=${onClose}>Cancel</button>
		<button form="delete" class="btn riskpri" disabled=${!canDelete}>${busy ? "Deleting…" : verb}</button>`;
	return html`<${Dialog} title=${`Delete ${pipeline.tenant}/${pipeline.name}?`} onClose=${onClose} footer=${footer}>
		<p>It is stopped, and what was read is written first. Configuration, revisions and logs go; its host_id becomes free.</p>
		<form id="delete" onSubmit=${remove}>
			<label class="lbl" for="delete-name">Type its name, <b class="b">${pipeline.name}</b></label>
			<input
				id="delete-name"
				class="in m"
				autocomplete="off"
				spellcheck=${false}
				value=${typed}
				onInput=${(event) => setTyped(event.target.value)}
			/>
		</form>
		<${ProblemLine} problem=${problem} lead="Not deleted." />
	<//>`;
}
