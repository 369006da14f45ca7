// What tenants use of what they may.
import { counterOf, HEALTHS, toneOf } from "./health.js";

const NOTHING = { pipelines: 0, flows: 0, spool: 0, memory: null, counts: {}, bad: false };

// Unknown stays unknown until somebody knows.
const sum = (a, b) => (b === null || b === undefined ? a : (a ?? 0) + b);
const most = (a, b) => (b === null || b === undefined ? a : Math.max(a ?? 0, b));

/** pipelines: [Status…] → Map of tenant → {pipelines, flows (a second), spool (bytes), memory (of the largest worker), counts, bad} */
export function usesOf(pipelines) {
	const uses = new Map();
	for (const pipeline of pipelines) {
		const use = uses.get(pipeline.tenant) ?? { ...NOTHING, flows: null, spool: null, counts: {} };
		const health = counterOf(pipeline);
		use.pipelines++;
		use.flows = sum(use.flows, pipeline.rates?.seen);
		use.spool = sum(use.spool, pipeline.spool?.bytes);
		use.memory = most(use.memory, pipeline.worker?.private_bytes);
		use.counts[health] = (use.counts[health] ?? 0) + 1;
		use.bad ||= toneOf(pipeline) === "bad";
		uses.set(pipeline.tenant, use);
	}
	return uses;
}

export const usageOf = (uses, tenant) => uses.get(tenant) ?? NOTHING;

/** How many pipelines are in which state, by severity: [[health, count]…]; problems alone: those that need somebody. */
export const statesOf = ({ counts }) => HEALTHS.map(({ id }) => [id, counts[id] ?? 0]).filter(([, n]) => n > 0);
export const problemsOf = (use) =>
	statesOf(use).filter(([id]) => ["failed", "stalled", "backoff", "degraded"].includes(id));
