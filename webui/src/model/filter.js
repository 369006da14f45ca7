// Which pipelines are shown, and in which order: the states that are chosen, the words and fields of the filter box, the sort.
import { counterOf, HEALTHS, keyOf, lostOf, rankOf, wordOf } from "./health.js";

const text = (value) => String(value ?? "").toLowerCase();

/** "s3 bucket", "file folder/dir", "stdout" */
export const sinkOf = ({ route }) => (route ? [route.sink, route.target].filter(Boolean).join(" ") : "");
/** The transform; flows that are not transformed are "raw flows". */
export const transformOf = ({ route }) =>
	!route ? "" : route.transform && route.transform !== "none" ? route.transform : "raw flows";

// What a word is looked for in. A pipeline that is told anew is another object.
const haystacks = new WeakMap();
function haystackOf(pipeline) {
	let found = haystacks.get(pipeline);
	if (found === undefined) {
		found = text(`${keyOf(pipeline)} ${pipeline.host_id ?? ""} ${transformOf(pipeline)} ${sinkOf(pipeline)}`);
		haystacks.set(pipeline, found);
	}
	return found;
}

const uptimeOf = ({ worker }) => (worker?.started_at ? -Date.parse(worker.started_at) : null);

const NUMBERS = {
	flows: (p) => p.rates?.seen,
	out: (p) => p.rates?.records_out,
	lost: lostOf,
	lag: (p) => p.lag_flows,
	spool: (p) => p.spool?.bytes,
	restarts: (p) => p.restarts?.recent,
};

const TEXTS = {
	tenant: (p) => p.tenant,
	name: (p) => p.name,
	state: (p) => `${wordOf(p)} ${counterOf(p)}`,
	host: (p) => p.host_id,
	transform: transformOf,
	sink: sinkOf,
	sub: (p) => p.route?.analyzer,
	label: (p) =>
		Object.entries(p.labels ?? {})
			.map(([name, value]) => `${name}=${value}`)
			.join(" "),
};

const UNITS = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const COMPARE = {
	">": (a, b) => a > b,
	"<": (a, b) => a < b,
	">=": (a, b) => a >= b,
	"<=": (a, b) => a <= b,
	"=": (a, b) => a === b,
};

function numberTest(field, value) {
	const told = /^(>=|<=|>|<|=)?(\d+(?:\.\d+)?)([kmg]?)b?$/.exec(value);
	// half typed, as in "lost:>", it hides nothing
	if (!told) return /^[<>=]*$/.test(value) ? null : () => false;
	const [, sign = "=", figure, unit] = told;
	const limit = Number(figure) * UNITS[unit];
	return (pipeline) => {
		const is = NUMBERS[field](pipeline);
		return is !== null && is !== undefined && COMPARE[sign](is, limit);
	};
}

// The whole name of a tenant means that one, not also those whose names begin like it.
function textTest(field, value, pipelines, subscriptions) {
	if (value === "") return null;
	const of = TEXTS[field];
	if (field === "sub" && /^\d+$/.test(value)) {
		const url = subscriptions.find(({ number }) => number === Number(value))?.url;
		return (pipeline) => url !== undefined && of(pipeline) === url;
	}
	if (field === "tenant" && pipelines.some(({ tenant }) => tenant === value)) return ({ tenant }) => tenant === value;
	return (pipeline) => text(of(pipeline)).includes(value);
}

function testOf(term, pipelines, subscriptions) {
	const [, field, value] = /^(\w+):(.*)$/.exec(term) ?? [];
	if (Object.hasOwn(NUMBERS, field ?? "")) return numberTest(field, value);
	if (Object.hasOwn(TEXTS, field ?? "")) return textTest(field, value, pipelines, subscriptions);
	return (pipeline) => haystackOf(pipeline).includes(term);
}

/** "failed,idle" of the address → those of them that there are */
export const statesOf = (told) => HEALTHS.map(({ id }) => id).filter((id) => (told ?? "").split(",").includes(id));

/** @param q what is typed: all of its words must hold. @param states none: all. */
export function filterPipelines(pipelines, { q = "", states = [], subscriptions = [] }) {
	const terms = text(q).split(/\s+/).filter(Boolean);
	const tests = terms.map((term) => testOf(term, pipelines, subscriptions)).filter(Boolean);
	if (states.length > 0) tests.unshift((pipeline) => states.includes(counterOf(pipeline)));
	return tests.length === 0 ? pipelines : pipelines.filter((pipeline) => tests.every((test) => test(pipeline)));
}

const SORTS = {
	...NUMBERS,
	uptime: uptimeOf,
	state: rankOf,
	tenant: TEXTS.tenant,
	name: TEXTS.name,
	desired: (p) => p.desired_state,
	host: TEXTS.host,
	sink: (p) => `${transformOf(p)} ${sinkOf(p)}`,
};

/** "-lost" → {field, down}; null: none, or none that there is */
export function sortOf(told) {
	const field = (told ?? "").replace(/^-/, "");
	return Object.hasOwn(SORTS, field) ? { field, down: told.startsWith("-") } : null;
}

/** Compares two pipelines; what is unknown comes last, equal ones stay as they are. */
function compareBy({ field, down }) {
	const of = SORTS[field];
	return (left, right) => {
		const a = of(left) ?? null;
		const b = of(right) ?? null;
		if (a === b) return 0;
		if (a === null) return 1;
		if (b === null) return -1;
		return (a < b ? -1 : 1) * (down ? -1 : 1);
	};
}

/**
 * Holds the order that a sort has made while figures change, so that no row jumps: it is made anew when another sort is asked
 * for. A pipeline that comes later stands behind the others.
 */
export function createOrder() {
	let sorted = null;
	let places = new Map();
	return (pipelines, told) => {
		const sort = sortOf(told);
		if (!sort) {
			sorted = null;
			return pipelines;
		}
		if (sorted !== told) {
			sorted = told;
			places = new Map([...pipelines].sort(compareBy(sort)).map((pipeline, place) => [keyOf(pipeline), place]));
		}
		for (const pipeline of pipelines) {
			if (!places.has(keyOf(pipeline))) places.set(keyOf(pipeline), places.size);
		}
		return [...pipelines].sort((left, right) => places.get(keyOf(left)) - places.get(keyOf(right)));
	};
}

/** How many of each counter, and `all`. */
export function countStates(pipelines) {
	const counts = { all: pipelines.length };
	for (const { id } of HEALTHS) counts[id] = 0;
	for (const pipeline of pipelines) counts[counterOf(pipeline)]++;
	return counts;
}
