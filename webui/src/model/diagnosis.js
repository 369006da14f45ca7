// What is wrong with a pipeline: one thing, the gravest, with its evidence, what to do, and the number that matters.
import { age, bytes, clock, count, number, rate, SPACE } from "../lib/format.js";
import { secondsSince } from "../lib/time.js";
import { spoolGrowth } from "./growth.js";
import { falseConditions, glyphOf, healthOf, isLosing, lostOf, toneOf } from "./health.js";
import { clip, parts } from "./text.js";

// The first that is false is told.
const WEIGHT = [
	"SpoolWritable",
	"SinkReachable",
	"SubscriptionUp",
	"ConfigApplied",
	"TopologyReachable",
	"WorkerReady",
];
const AFTER = {
	SubscriptionUp: " The analyzer does not send again what is missed: this time stays a gap.",
	SinkReachable: " What waits is sent in order as soon as a write succeeds.",
	TopologyReachable: " No flow is lost; names return by themselves.",
	SpoolWritable: " Nothing is dropped before the ring has gone round.",
};
const DAY_S = 86_400;
// while advice.js cannot be loaded there are the server's own words
const NO_ADVICE = {
	adviceOn: () => null,
	adviceOnEnd: () => null,
	adviceOnLoss: (loss) => [`by ${loss}.`, "See [Logs](logs)."],
};

const value = (text) => ({ value: clip(String(text)) });
const sentence = (text) => (/[.!?…]$/.test(text) ? "" : ".");
// a message begins as it likes: a word with a capital, a field as it is written
const begin = (text) => (/^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text);
const told = (text) => (text ? [value(begin(text)), sentence(text)] : []);

/** Seconds until the spool is full; null: not known, or it does not grow. */
export function fullIn(pipeline, growth) {
	const { bytes: held, limit_bytes: limit } = pipeline.spool ?? {};
	const perSecond = growth ?? spoolGrowth(pipeline);
	if (!limit || !(perSecond > 0)) return null;
	return Math.max(0, limit - held) / perSecond;
}

const tryAt = (time, label) => (time ? { label, time } : null);

// ---- flows are being lost ----

/** By what most of them are: from what has grown lately, or from all that was ever lost. */
function lossOf(pipeline, lost) {
	const by = lost && Object.values(lost).some((one) => one > 0) ? lost : (pipeline.counters?.flows_lost ?? {});
	const [reason] = Object.entries(by).sort(([, a], [, b]) => b - a)[0] ?? ["ring"];
	const { bytes: held, limit_bytes: limit } = pipeline.spool ?? {};
	return reason === "spool" && (!limit || held < 0.8 * limit) ? "damage" : reason;
}

function losing(pipeline, { advice, lost }) {
	const loss = lossOf(pipeline, lost);
	const [why, todo] = advice.adviceOnLoss(loss);
	const figures = `${rate(pipeline.rates.lost)} flows/s, ${number(lostOf(pipeline))} so far.`;
	const { bytes: held, limit_bytes: limit } = pipeline.spool ?? {};
	const sink = falseConditions(pipeline).find(({ type }) => type === "SinkReachable");
	const holds =
		loss === "spool" ? `The spool holds ${bytes(held)} of ${bytes(limit)}; the oldest objects are dropped, ` : "";
	const silent = pipeline.rates.written === 0 && pipeline.last_write_at ? secondsSince(pipeline.last_write_at) : 0;
	const written = silent > 60 ? `Nothing was written for ${age(silent)}. ` : "";
	const cause =
		sink && ["spool", "overflow"].includes(loss) ? [" The sink: ", ...told(sink.message || sink.reason)] : [];
	return {
		title: parts(`Flows are being lost: ${why}`),
		evidence: [written + holds + figures, ...cause],
		todo: parts(todo),
		side: { label: "Being lost", value: `${rate(pipeline.rates.lost)} flows/s` },
		isLoss: true,
	};
}

// ---- it does not run ----

function ended(pipeline, { advice }) {
	const known = advice.adviceOnEnd(pipeline.last_error ?? {});
	const text = pipeline.last_error?.message ?? pipeline.stopped_reason ?? pipeline.reason ?? "It does not run.";
	const again = pipeline.restarts?.recent;
	const failed = healthOf(pipeline) === "failed";
	return {
		title: known ? [known[0]] : told(text),
		evidence: [
			...(known ? told(text) : []),
			again > 1 ? ` Started again ${count(again, "time")} lately.` : "",
			failed ? " It is not started again by itself." : "",
		],
		todo: parts(known?.[1] ?? "See [Logs](logs)."),
		side: failed ? null : tryAt(pipeline.restarts?.next_at, "Starts in"),
	};
}

function calm(pipeline, { stoppedBy }) {
	const at = secondsSince(pipeline.since);
	if (healthOf(pipeline) === "idle") {
		const last = pipeline.last_flow_at
			? `The last one came ${age(secondsSince(pipeline.last_flow_at))} ago.`
			: "None has come yet.";
		return {
			title: ["No flows arrive for this pipeline."],
			evidence: [`The subscription is up. ${last}`],
			todo: parts("Normal when the network is quiet. Otherwise check `capture_id` and whether the capture is active."),
		};
	}
	const left = pipeline.spool?.flows;
	const waits = left ? ` ${count(left, "flow waits", "flows wait")} in the spool for its next start.` : "";
	const by = stoppedBy ? [" by ", value(stoppedBy)] : [];
	return {
		title: ["Stopped", ...by, at === null ? "." : ` ${age(at)} ago.`],
		evidence: [`Its host_id stays reserved. It stays stopped when Sluice restarts.${waits}`],
		todo: [],
	};
}

// ---- a condition is false ----

function sideOf(pipeline, condition, { growth }) {
	const full = condition.type === "SinkReachable" ? fullIn(pipeline, growth) : null;
	if (full !== null && full < DAY_S) return { label: "Spool full in", value: age(full) };
	if (condition.type === "SpoolWritable" && pipeline.ring?.seconds)
		return { label: "Ring full in", value: age(pipeline.ring.seconds) };
	if (condition.type === "WorkerReady") return tryAt(condition.next_at, "Starts in");
	return condition.tries === undefined ? null : { label: "Next try in", time: condition.next_at ?? 0 };
}

function sinceOf({ since, tries }) {
	const times = tries ? `, ${count(tries, "try", "tries")}` : "";
	return since ? ` Since ${clock(since)}${times}.` : "";
}

function conditionFalse(pipeline, condition, more, context) {
	const known = context.advice.adviceOn(condition);
	const text = condition.message || condition.reason;
	const stalled = healthOf(pipeline) === "stalled" ? "Flows arrive, nothing leaves. " : "";
	const place = condition.field ? [" Field: ", { code: clip(condition.field) }, "."] : [];
	const isPage = /^Port/.test(condition.reason);
	const others = more.length > 0 ? ` Also false: ${more.map(({ type }) => type).join(", ")}.` : "";
	return {
		title: known ? [known[0]] : [`${condition.type} is false: `, value(text), sentence(text)],
		evidence: [stalled, ...(known ? told(text) : []), sinceOf(condition), others],
		todo: [
			...parts(known ? known[1] : "See [Logs](logs).", { target: pipeline.route?.target ?? "the bucket" }),
			...(known ? [] : place),
			isPage ? "" : (AFTER[condition.type] ?? ""),
			condition.type === "SinkReachable" && !isPage && pipeline.spool?.limit_bytes
				? " Nothing is lost before the spool is full."
				: "",
		],
		side: sideOf(pipeline, condition, context),
	};
}

const stalledAlone = (pipeline) => ({
	title: ["Flows arrive, nothing leaves."],
	evidence: [
		pipeline.last_write_at
			? `The last object was written ${age(secondsSince(pipeline.last_write_at))} ago.`
			: "Nothing was ever written.",
		` ${number(pipeline.lag_flows)}${SPACE}flows wait in the ring. No condition is false.`,
	],
	todo: parts("See [Logs](logs), and whether an object is to be open for longer: `max_seconds_per_object`."),
	side: null,
});

// ---- the whole ----

function gravest(pipeline, context) {
	const health = healthOf(pipeline);
	if (health === "failed" || health === "backoff") return ended(pipeline, context);
	if (isLosing(pipeline) && health !== "stopped") return losing(pipeline, context);
	// that it does not run because nobody wants it to is no trouble
	const own = ({ type, reason }) => type !== "WorkerReady" || !["stopped", "starting", "draining", ""].includes(reason);
	const wrong = falseConditions(pipeline)
		.filter(own)
		.sort((a, b) => WEIGHT.indexOf(a.type) - WEIGHT.indexOf(b.type));
	if (wrong.length > 0) return conditionFalse(pipeline, wrong[0], wrong.slice(1), context);
	return health === "stalled" ? stalledAlone(pipeline) : null;
}

/**
 * @param pipeline a whole Status; context: {advice: the module advice.js, growth: bytes/s of the spool, lost: flows/s by
 * reason, stoppedBy}, each null where it is not known → {tone, glyph, title, evidence, todo: parts, side: {label, value | time} | null, isLoss}, or null
 */
export function diagnose(pipeline, context = {}) {
	const glyph = glyphOf(pipeline);
	const found = gravest(pipeline, { ...context, advice: context.advice ?? NO_ADVICE });
	if (found)
		return {
			tone: toneOf(pipeline) || "warn",
			glyph: ["running", "stopped", "changing", "idle"].includes(glyph) ? "warn" : glyph,
			...found,
		};
	if (healthOf(pipeline) === "idle" || healthOf(pipeline) === "stopped")
		return { tone: "calm", glyph, side: null, ...calm(pipeline, context) };
	return null;
}
