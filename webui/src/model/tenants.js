// What tenants use of what they may.
import { counterOf, HEALTHS, toneOf } from "./health.js";

export const SINKS = ["s3", "file", "stdout", "prom_sky_con"];

const NOTHING = { pipelines: 0, flows: null, spool: null, memory: null, counts: {}, bad: false };

// Unknown stays unknown until somebody knows.
const sum = (a, b) => (b === null || b === undefined ? a : (a ?? 0) + b);
const most = (a, b) => (b === null || b === undefined ? a : Math.max(a ?? 0, b));

/** pipelines: [Status…] → Map of tenant → {pipelines, flows (a second), spool (bytes), memory (of the largest worker), counts, bad} */
export function usesOf(pipelines) {
	const uses = new Map();
	for (const pipeline of pipelines) {
		const use = uses.get(pipeline.tenant) ?? { ...NOTHING, counts: {} };
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

export const useOf = (uses, tenant) => uses.get(tenant) ?? NOTHING;

/** "warn" above 95 % of a limit; null or no limit: "". */
export function toneOfUse(used, limit) {
	if (limit === null || limit === undefined || used === null) return "";
	return used > limit * 0.95 ? "warn" : "";
}

/** How many pipelines are in which state, by severity: [[health, count]…]; problems alone: those that need somebody. */
export const statesOf = ({ counts }) => HEALTHS.map(({ id }) => [id, counts[id] ?? 0]).filter(([, n]) => n > 0);
export const problemsOf = (use) =>
	statesOf(use).filter(([id]) => ["failed", "stalled", "backoff", "degraded"].includes(id));

const UNITS = [
	["GiB", 1 << 30],
	["MiB", 1 << 20],
	["KiB", 1 << 10],
	["B", 1],
];
export const UNIT_NAMES = UNITS.map(([name]) => name);

/** Bytes → {text, unit} in the largest unit that needs no fraction; null → an empty text. */
export function splitBytes(value) {
	if (value === null || value === undefined) return { text: "", unit: "MiB" };
	const [unit, size] = UNITS.find(([, size]) => value >= size && value % size === 0) ?? UNITS[3];
	return { text: String(value / size), unit };
}

/** The other way; an empty text → null (no limit), what is no number → NaN. */
export function joinBytes({ text, unit }) {
	if (text.trim() === "") return null;
	return Math.round(wholeOf(text, true) * UNITS.find(([name]) => name === unit)[1]);
}

/** "12" → 12, "" → null, else NaN. */
export function wholeOf(text, fraction = false) {
	const trimmed = text.trim();
	if (trimmed === "") return null;
	return (fraction ? /^\d+(\.\d+)?$/ : /^\d+$/).test(trimmed) ? Number(trimmed) : NaN;
}

/** The limits that a tenant shall have: null members are no limits, and are left out as the server does. */
export function limitsOf({ pipelines, spool, memory, sinks }) {
	const limits = {
		pipelines: wholeOf(pipelines),
		spool_bytes: joinBytes(spool),
		worker_memory_bytes: joinBytes(memory),
		sinks,
	};
	return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null));
}

/** Of limitsOf(): which are no numbers. */
export const mistakesOf = (limits) => Object.keys(limits).filter((key) => Number.isNaN(limits[key]));

/** When a token expires: "90d" from now on (milliseconds), "never", or a day "2027-02-21". → RFC 3339 or null */
export function expiryOf(choice, now) {
	if (choice === "never") return null;
	const days = /^(\d+)d$/.exec(choice);
	const at = days ? new Date(now + Number(days[1]) * 86_400_000) : new Date(`${choice}T00:00:00`);
	return Number.isNaN(at.getTime()) ? undefined : `${at.toISOString().slice(0, 19)}Z`;
}
