// The way of a pipeline's flows, in five steps: Analyzer, Ring, Worker, Spool, Sink.
import { age, bytes, bytesParts, duration, number, rate } from "../lib/format.js";
import { secondsSince } from "../lib/time.js";
import { hostOf } from "./connections.js";
import { isOn, MUCH_LAG, MUCH_SPOOL, toneOf } from "./health.js";

/** The connection that the pipeline gets its flows by; undefined where that is not known. */
function subscriptionOf(pipeline, subscriptions) {
	const same = subscriptions.filter(({ url }) => url === pipeline.route?.analyzer);
	return same.find(({ state }) => state === "connected") ?? same[0];
}

const conditionOf = (pipeline, type) => (pipeline.conditions ?? []).find((condition) => condition.type === type);

/** ok, degraded, failed (flows are being lost), stopped (nobody tells) */
function markOf(pipeline, ...types) {
	const found = types.map((type) => conditionOf(pipeline, type)?.status);
	if (found.includes(false))
		return ["stopped", "starting", "draining"].includes(pipeline.state) ? "stopped" : worse(pipeline);
	return found.includes(true) ? "ok" : "stopped";
}

const worse = (pipeline) => (toneOf(pipeline) === "bad" ? "failed" : "degraded");

function analyzer(pipeline, subscription) {
	const silent = subscription?.last_message_age_seconds;
	const heard =
		silent === undefined || silent === null
			? ""
			: `last message ${silent < 10 ? silent.toFixed(1) : Math.round(silent)} s ago`;
	const gap = subscription?.gap_seconds_24h;
	return {
		label: "Analyzer",
		mark: markOf(pipeline, "SubscriptionUp"),
		figure: rate(subscription?.rates?.flows),
		unit: "flows/s, all pipelines",
		lines: [
			hostOf(pipeline.route?.analyzer ?? subscription?.url),
			[heard, gap === undefined || gap === null ? "" : `gap ${duration(gap)} in 24 h`].filter(Boolean).join(", "),
		],
	};
}

function ring(pipeline) {
	const lag = pipeline.lag_flows;
	const lapped = pipeline.counters?.flows_lost?.ring;
	const room = pipeline.ring?.seconds;
	const isRead = isOn(pipeline);
	const state = lag > 0 && !isRead ? "nobody reads it now" : room ? `room for ${age(room)}` : "";
	return {
		label: "Ring",
		mark: lag > MUCH_LAG ? worse(pipeline) : isRead ? "ok" : "stopped",
		figure: number(lag),
		unit: "flows wait (lag)",
		lines: [`lost by lap: ${number(lapped)}`, state],
	};
}

function worker(pipeline) {
	const { transform, mangle } = pipeline.route ?? {};
	const topology = conditionOf(pipeline, "TopologyReachable")?.status === false ? "no names" : "";
	const how = !transform || transform === "none" ? (pipeline.route ? "no transform" : "") : transform;
	return {
		label: "Worker",
		mark: markOf(pipeline, "WorkerReady", "TopologyReachable"),
		figure: rate(pipeline.rates?.seen),
		unit: "flows/s seen",
		lines: [
			`${rate(pipeline.rates?.excluded)}/s excluded by filter`,
			[how, mangle ? `mangle ${mangle}` : "", topology].filter(Boolean).join(", "),
		],
	};
}

function spoolMark(pipeline, share) {
	if (conditionOf(pipeline, "SpoolWritable")?.status === false) return worse(pipeline);
	if (share >= 1) return "failed";
	if (pipeline.spool?.bytes > MUCH_SPOOL) return "degraded";
	return isOn(pipeline) ? "ok" : "stopped";
}

function spool(pipeline) {
	const { bytes: held, limit_bytes: limit, objects, oldest_at: oldest } = pipeline.spool ?? {};
	const [figure, unit] = held === undefined ? ["–", ""] : bytesParts(held);
	const share = limit ? held / limit : 0;
	const mark = spoolMark(pipeline, share);
	const since = oldest ? `, oldest ${age(secondsSince(oldest))}` : "";
	return {
		label: "Spool",
		mark,
		figure,
		unit: limit ? `${unit} of ${bytes(limit)}` : limit === null ? `${unit}, no limit` : unit,
		gauge: { share, tone: { failed: "bad", degraded: "warn" }[mark] ?? "" },
		lines: [objects ? `${number(objects)} ${objects === 1 ? "object" : "objects"}${since}` : "nothing waits"],
	};
}

function sink(pipeline) {
	const { sink: type, target } = pipeline.route ?? {};
	const written = pipeline.rates?.written;
	const isStuck = isOn(pipeline) && written === 0 && pipeline.rates.seen > (pipeline.rates.excluded ?? 0);
	const last = pipeline.last_write_at;
	return {
		label: "Sink",
		mark: markOf(pipeline, "SinkReachable"),
		figure: rate(written),
		tone: isStuck ? toneOf(pipeline) : "",
		unit: "flows/s written",
		lines: [
			[type, target].filter(Boolean).join(" "),
			last ? `last write ${duration(secondsSince(last))} ago` : "nothing written yet",
		],
	};
}

/** @return [{label, mark: a glyph, figure, unit, lines, gauge?: {share, tone}, tone?}] */
export function pathOf(pipeline, subscriptions) {
	return [
		analyzer(pipeline, subscriptionOf(pipeline, subscriptions)),
		ring(pipeline),
		worker(pipeline),
		spool(pipeline),
		sink(pipeline),
	];
}
