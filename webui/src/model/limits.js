// Limits of a tenant, and when a token expires, as they are typed and as the API has them.

export const SINKS = ["s3", "file", "stdout", "prom_sky_con"];

/** "warn" above 95 % of a limit; null or no limit: "". */
export function toneOfUse(used, limit) {
	if (limit === null || limit === undefined || used === null) return "";
	return used > limit * 0.95 ? "warn" : "";
}

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
function wholeOf(text, fraction = false) {
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
