// What saving comes to, in sentences, from what the API answered to dry_run=true.
import { isSame } from "../lib/same.js";

const WORKER = {
	start: () => "A worker is started.",
	stop: () => "The worker writes what it has read, and ends.",
	restart: () => "The worker writes what it has read, and a new one goes on at the same flow: none is lost.",
	none: ({ isStopped }) =>
		isStopped ? "No worker is started: it is stopped, and stays so." : "The worker runs on as it is.",
};

function quota(tenantQuota, isNew) {
	const { limit = null, used } = tenantQuota ?? {};
	if (limit === null) return [];
	return [isNew ? `${used + 1} of ${limit} pipelines used afterwards.` : "The quota of pipelines is as it was."];
}

function hostId({ plan, base, isNew }) {
	if (!plan.host_id) return plan.config?.host_id ? [] : ["It has no host_id."];
	if (!isNew && plan.host_id === base.hostId) return [];
	const before = !isNew && base.hostId ? ` ${base.hostId} is free then.` : "";
	return [`host_id ${plan.host_id} is reserved for it, also while it is stopped.${before}`];
}

/**
 * @param plan the answer; base: {revision, hostId, beside} as it was; beside: as it will be; quota: {limit, used} of the tenant
 * → sentences
 */
export function effectsOf({ plan, base, beside, isNew, tenantQuota }) {
	if (!isNew && isNothing({ plan, base, beside })) return ["Nothing is different: there is nothing to save."];
	const action = plan.action ?? "none";
	const isStopped = plan.desired_state === "stopped";
	const sentences = [];
	if (plan.revision !== undefined && plan.revision !== base?.revision)
		sentences.push(`Saved as revision ${plan.revision}.`);
	else sentences.push("Saved beside the configuration: its revision stays.");
	sentences.push((WORKER[action] ?? WORKER.none)({ isStopped }));
	if (action === "restart" && base?.revision)
		sentences.push(
			`If the new worker does not become ready, the last revision that was ready is started again, and you are told.`,
		);
	return [...sentences, ...hostId({ plan, base, isNew }), ...quota(tenantQuota, isNew)];
}

/** Would saving change nothing? */
export const isNothing = ({ plan, base, beside }) =>
	!plan.changed && plan.revision === base.revision && isSame(beside, base.beside);

/** What the button is called. */
export function verbOf(plan, isNew) {
	if (isNew) return plan?.action === "start" ? "Create and start pipeline" : "Create pipeline";
	if (plan?.action === "restart") return "Apply and restart worker";
	if (plan?.action === "start") return "Apply and start worker";
	return plan?.action === "stop" ? "Apply and stop worker" : "Save";
}
