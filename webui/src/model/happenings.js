// Events of /v1/events as lines of a list: when, who, what.
import { duration, stamp } from "../lib/format.js";
import { reasonOf } from "./subscriptions.js";

const WARNING = { backoff: "warn", degraded: "warn", failed: "bad" };
const TOLD_BY = { SinkReachable: "Writer", SubscriptionUp: "Subscriber" };
const VERBS = {
	"pipeline.create": "created",
	"pipeline.change": "changed",
	"pipeline.rollback": "rolled back",
	"pipeline.delete": "deleted",
	"pipeline.start": "started",
	"pipeline.stop": "stopped",
	"pipeline.restart": "restarted",
	"pipeline.log_level": "log level changed",
};

const joined = (texts, mark) => texts.filter(Boolean).join(mark);

function change({ action, detail, who, who_description: description }) {
	const { revision, summary, restored_from: from, level } = detail ?? {};
	const saved = revision && action !== "pipeline.create" ? `revision ${revision} saved` : (VERBS[action] ?? action);
	const back = from ? `back to revision ${from}` : "";
	const text = joined(
		[joined([back, saved], ", "), level ? `level ${level}` : summary === "created" ? "" : summary],
		": ",
	);
	return who === "sluiced" ? { by: "Supervisor", text } : { who: description || who, text };
}

function refused({ action, who, who_description: description, detail }) {
	const { code, detail: why } = detail ?? {};
	const text = joined([`${action} refused`, why ?? code], ": ");
	return who === "nobody" ? { by: "nobody", text } : { who: description || who, text };
}

const FLOWS = { moving: "flows arrive and leave", idle: "no flows arrive", stalled: "flows arrive, nothing leaves" };

// An event of a state tells what flows do, too: is it only that which is another one now?
const isSameState = (now, before) =>
	before &&
	now.state === before.state &&
	now.revision === before.revision &&
	now.desired_state === before.desired_state;

function state(data, before) {
	const { state: now, reason, revision, flow_state: flow } = data;
	if (isSameState(data, before))
		return { by: "Supervisor", text: FLOWS[flow] ?? "not known what flows do", tone: flow === "stalled" ? "warn" : "" };
	const text = now === "running" && revision ? `running on revision ${revision}` : now;
	return { by: "Supervisor", text: joined([text, reason], ": "), tone: WARNING[now] ?? "" };
}

function condition({ condition: type, status, reason, message }) {
	const by = TOLD_BY[type] ?? "Worker";
	if (status) return { by, text: `${type} is true: ${reason || "as it should be"}` };
	return { by, text: joined([`${type} is false: ${reason}`, message], ", "), tone: "warn" };
}

const worker = ({ severity, code, message }) => ({
	by: "Worker",
	text: `${message} (${code})`,
	tone: { error: "bad", warn: "warn", warning: "warn" }[severity] ?? "",
});

function gap({ from, to, reason }) {
	const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
	return { by: "Subscriber", text: `no flows for ${duration(seconds)}: ${reasonOf({ reason })}`, tone: "warn" };
}

const KINDS = { change, refused, state, condition, event: worker, gap };

/**
 * Events {id, type, data}, newest first → {id, at, who (a token) or by (a part of Sluice), text, tone}, in the same order;
 * what is no line of this list is left out.
 */
export function linesOf(events) {
	let before = null;
	const lines = [];
	for (const { id, type, data } of [...events].reverse()) {
		if (!Object.hasOwn(KINDS, type)) continue;
		lines.push({ id, at: data.at, tone: "", ...KINDS[type](data, before) });
		if (type === "state") before = data;
	}
	return lines.reverse();
}

const placeOf = (id) => Number(id?.split("-")[1] ?? 0);

/** Adds events to a list, newest first, each once, at most so many. */
export function mergeEvents(list, fresh, most) {
	const known = new Set(list.map(({ id }) => id));
	const added = fresh.filter(({ id }) => !known.has(id) && known.add(id));
	if (added.length === 0) return list;
	const newestFirst = (a, b) => Date.parse(b.data.at) - Date.parse(a.data.at) || placeOf(b.id) - placeOf(a.id);
	return [...list, ...added].sort(newestFirst).slice(0, most);
}

/** Lines → [{day: "2026-11-26", items}], in their order. */
export function byDay(items) {
	const days = [];
	for (const item of items) {
		const day = stamp(item.at).slice(0, 10);
		if (days.at(-1)?.day !== day) days.push({ day, items: [] });
		days.at(-1).items.push(item);
	}
	return days;
}

function markOf(type, data, before) {
	if (type === "change" && data.detail?.revision) return { label: `revision ${data.detail.revision}`, tone: "mute" };
	if (type === "condition" && !data.status) return { label: `${data.condition} false`, tone: "warn" };
	if (type !== "state" || data.state === "starting" || isSameState(data, before)) return null;
	return { label: data.state, tone: WARNING[data.state] ?? "mute" };
}

/** Vertical marks of a graph: {at: seconds since 1970, label, tone}, oldest first. */
export function marksOf(events) {
	let before = null;
	const marks = [];
	for (const { type, data } of [...events].reverse()) {
		const mark = markOf(type, data, before);
		if (mark) marks.push({ at: Date.parse(data.at) / 1000, ...mark });
		if (type === "state") before = data;
	}
	return marks;
}

/** Who stopped it last, as far as the events tell. */
export function stopperOf(events) {
	const stop = events.find(({ type, data }) => type === "change" && data.action === "pipeline.stop");
	return stop ? stop.data.who_description || stop.data.who : null;
}
