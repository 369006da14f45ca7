// What needs attention, by cause: the pipelines that are not as wished, those of one cause together.
import { glyphOf, healthOf, isLosing, keyOf, rankOf, toneOf } from "./health.js";
import { hostOf } from "./connections.js";

// The first that is false is the cause: what the others say follows from it.
const CAUSES = [
	"ConfigApplied",
	"SubscriptionUp",
	"SpoolWritable",
	"SinkReachable",
	"TopologyReachable",
	"WorkerReady",
];

const firstLine = (message) => (message ?? "").split("\n", 1)[0];

// What several pipelines can have in common: an analyzer, an object store, the disk. null: it is this pipeline's own.
function endpointOf({ route }, type) {
	if (type === "SubscriptionUp" || type === "TopologyReachable") return route?.analyzer ? hostOf(route.analyzer) : null;
	if (type === "SinkReachable") return route?.endpoint ?? null;
	return type === "SpoolWritable" ? "disk" : null;
}

function falseCondition({ conditions = [] }) {
	const found = conditions.filter(({ status }) => status === false);
	return found.sort((left, right) => CAUSES.indexOf(left.type) - CAUSES.indexOf(right.type))[0];
}

const ofError = (pipeline) => ({
	code: pipeline.last_error?.code ?? pipeline.state,
	endpoint: null,
	message: firstLine(pipeline.last_error?.message ?? pipeline.reason ?? pipeline.stopped_reason),
	verb: pipeline.state === "backoff" ? "starts in" : null,
	nextAt: pipeline.state === "backoff" ? (pipeline.restarts?.next_at ?? null) : null,
	since: pipeline.since,
});

function ofCondition(pipeline, { type, reason, message, next_at: nextAt, since }) {
	const said = firstLine(message) || firstLine(pipeline.reason) || `${type} is false: ${reason}`;
	return {
		code: `${type}.${reason}`,
		endpoint: endpointOf(pipeline, type),
		message: said,
		verb: "next try in",
		nextAt,
		since,
	};
}

function ofFlows(pipeline) {
	const nothing = { code: "flows", endpoint: null, verb: null, nextAt: null, since: pipeline.since };
	if (isLosing(pipeline)) return { ...nothing, message: firstLine(pipeline.reason) || "Flows are being lost." };
	const stalled = { ...nothing, since: pipeline.last_write_at ?? pipeline.since };
	return { ...stalled, message: firstLine(pipeline.reason) || "Flows arrive, and nothing is written or sealed." };
}

/** @return {code, endpoint, message, verb, nextAt, since}: why it is as it is. */
export function causeOf(pipeline) {
	const health = healthOf(pipeline);
	if (health === "failed" || health === "backoff") return ofError(pipeline);
	const condition = falseCondition(pipeline);
	return condition ? ofCondition(pipeline, condition) : ofFlows(pipeline);
}

/** Does one have to look after it? */
export const isBad = (pipeline) =>
	["failed", "stalled", "backoff", "degraded"].includes(healthOf(pipeline)) || toneOf(pipeline) === "bad";

// One that is being started stays where it was.
const isRed = ({ isKept, pipelines }) => isKept || pipelines.some((pipeline) => toneOf(pipeline) === "bad");
const worst = ({ isKept, pipelines }) => (isKept ? 0 : Math.min(...pipelines.map(rankOf)));
const began = ({ since, cause }) => Date.parse(since ?? cause.since ?? "") || Infinity;

function compareGroups(left, right) {
	return (
		Number(isRed(right)) - Number(isRed(left)) ||
		right.pipelines.length - left.pipelines.length ||
		worst(left) - worst(right) ||
		began(left) - began(right) ||
		(left.id < right.id ? -1 : 1)
	);
}

// The worst of them stands for all.
function finish(group) {
	const rank = (pipeline) => (toneOf(pipeline) === "bad" ? 0 : 10) + rankOf(pipeline);
	const first = group.pipelines.reduce((best, pipeline) => (rank(pipeline) < rank(best) ? pipeline : best));
	return { ...group, first, glyph: attentionGlyph(first), cause: causeOf(first) };
}

/** As in the list, but one that runs and loses flows is not as it should be. */
export const attentionGlyph = (pipeline) =>
	healthOf(pipeline) === "running" && isLosing(pipeline) ? "degradedbad" : glyphOf(pipeline);

/**
 * @param kept pipelines that stay in the list, whatever they are (they are just being started): by key the since of then
 * @return {count of pipelines, groups: [{id, pipelines, first (the worst), glyph, cause}]}: red first, then the number of pipelines, then severity
 */
export function attentionOf(pipelines, kept = new Map()) {
	const groups = new Map();
	let count = 0;
	for (const pipeline of pipelines) {
		const key = keyOf(pipeline);
		const isKept = kept.has(key);
		if (!isBad(pipeline) && !isKept) continue;
		count++;
		const { code, endpoint } = causeOf(pipeline);
		const id = endpoint && !isKept ? `${code} ${endpoint}` : key;
		if (groups.has(id)) groups.get(id).pipelines.push(pipeline);
		else groups.set(id, { id, isKept, since: kept.get(key), pipelines: [pipeline] });
	}
	return { count, groups: [...groups.values()].map(finish).sort(compareGroups) };
}
