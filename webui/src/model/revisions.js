// What is said of a pipeline's revisions.
import { age } from "../lib/format.js";

/** "pipeline.write.type: s3 -> file" without what each of them begins with. */
export const shortSummary = (summary) => summary.replace(/(^|[,;] )pipeline\./g, "$1");

/** The revision that was brought back because revision n never became ready; null: unknown. */
export function restoredInsteadOf(n, revisions) {
	const next = revisions.findLast(({ revision }) => revision > n);
	return next && next.restored_from !== null && next.who === "sluiced" ? next.restored_from : null;
}

function ran(row, revisions, state) {
	if (row.outcome === "never_ready") {
		const restored = restoredInsteadOf(row.revision, revisions);
		return restored === null ? "never ready" : `never ready; ${restored} was restored`;
	}
	if (row.current) return state;
	return row.outcome === "not_run" ? "not run" : `ran ${age(row.ran_seconds)}`;
}

/** row: one of revisions (newest first); state: the pipeline's now. */
export function outcomeOf(row, revisions, state) {
	const text = ran(row, revisions, state);
	return row.restored_from === null ? text : `copy of ${row.restored_from}, ${text}`;
}

/** The revision before another, of those that are kept. */
export const before = (n, revisions) => revisions.find(({ revision }) => revision < n) ?? null;

/**
 * What came of a rollback that the server has answered: {text, tone: "", "warn" or "bad", undo: the revision to go back to,
 * or null}. pipeline: its status now.
 */
export function told({ from, to, answer }, pipeline, revisions) {
	const { revision, changed } = answer;
	if (changed === false)
		return { text: `The configuration of ${to} is the present one: nothing is changed.`, tone: "", undo: null };
	const row = revisions.find((one) => one.revision === revision);
	if (row?.outcome === "never_ready") {
		const restored = restoredInsteadOf(revision, revisions);
		const then = restored === null ? "" : ` ${restored} was restored.`;
		return {
			text: `Revision ${revision} with the configuration of ${to} never became ready.${then}`,
			tone: "bad",
			undo: null,
		};
	}
	if (pipeline.revision > revision) {
		return {
			text: `Revision ${revision} had the configuration of ${to}; ${pipeline.revision} came after it.`,
			tone: "",
			undo: null,
		};
	}
	// what the event stream tells may be older than the answer
	const state = pipeline.revision === revision ? pipeline.state : answer.status.state;
	if (state === "running" || state === "degraded") {
		return { text: `Revision ${revision} runs the configuration of ${to}: worker ready.`, tone: "", undo: from };
	}
	const is = state === "stopped" ? "the pipeline is stopped" : `not ready yet, the pipeline is ${state}`;
	const tone = ["failed", "backoff"].includes(state) ? "warn" : "";
	return { text: `Revision ${revision} has the configuration of ${to}: ${is}.`, tone, undo: from };
}
