import assert from "node:assert/strict";
import { test } from "node:test";
import { attentionOf, causeOf } from "../src/model/attention.js";

const SINCE = "2027-01-31T12:00:00Z";
const failing = (type, reason, more = {}) => ({
	type,
	status: false,
	reason,
	message: `${reason}\nmore`,
	since: SINCE,
	...more,
});
const pipeline = (name, more = {}) => ({ tenant: "t", name, state: "running", since: SINCE, conditions: [], ...more });
const unreachable = (name, endpoint, more = {}) =>
	pipeline(name, {
		state: "degraded",
		route: { analyzer: "ws://a:8082/ws", endpoint },
		conditions: [failing("SinkReachable", "NoConnection", { next_at: "2027-01-31T12:01:00Z" })],
		...more,
	});
const failed = (name) =>
	pipeline(name, { state: "failed", last_error: { code: "config.unusable", message: "no secret" } });
const ids = (pipelines, kept) =>
	attentionOf(pipelines, kept).groups.map(({ pipelines: of }) => of.map(({ name }) => name).join("+"));

test("what works, is idle or stopped needs none", () => {
	assert.deepEqual(
		attentionOf([pipeline("a"), pipeline("b", { flow_state: "idle" }), pipeline("c", { state: "stopped" })]),
		{
			count: 0,
			groups: [],
		},
	);
});

test("pipelines of one code and endpoint are one cause", () => {
	const { count, groups } = attentionOf([unreachable("a", "s3.x"), unreachable("b", "s3.y"), unreachable("c", "s3.x")]);
	assert.equal(count, 3);
	assert.deepEqual(
		groups.map(({ pipelines }) => pipelines.length),
		[2, 1],
	);
	assert.equal(groups[0].cause.message, "NoConnection");
	assert.equal(groups[0].cause.nextAt, "2027-01-31T12:01:00Z");
});

test("errors of a pipeline's own stay apart, even with one code", () => {
	assert.deepEqual(ids([failed("a"), failed("b")]), ["a", "b"]);
});

test("red first, then the number of pipelines, then severity", () => {
	const losing = { rates: { lost: 3 } };
	assert.deepEqual(
		ids([
			unreachable("a", "s3.x"),
			unreachable("b", "s3.x"),
			pipeline("c", { state: "backoff", last_error: { code: "worker.ended", message: "signal 9" } }),
			unreachable("d", "s3.y"),
			unreachable("e", "s3.z", losing),
			failed("f"),
		]),
		["f", "e", "a+b", "c", "d"],
	);
});

test("a pipeline whose analyzer is down loses flows", () => {
	const down = (name) =>
		pipeline(name, {
			state: "degraded",
			route: { analyzer: "ws://a:8082/ws" },
			conditions: [failing("SinkReachable", "NoConnection"), failing("SubscriptionUp", "Unreachable")],
		});
	const { groups } = attentionOf([failed("x"), down("a"), down("b")]);
	assert.equal(groups[0].id, "SubscriptionUp.Unreachable a:8082");
	assert.equal(groups[0].glyph, "degradedbad");
	assert.equal(groups[0].pipelines.length, 2);
});

test("why, and when the next try is", () => {
	const next = "2027-01-31T12:00:09Z";
	const backoff = pipeline("a", {
		state: "backoff",
		restarts: { next_at: next },
		last_error: { code: "worker.ended", message: "signal 9\nlog" },
	});
	assert.deepEqual(causeOf(backoff), {
		code: "worker.ended",
		endpoint: null,
		message: "signal 9",
		verb: "starts in",
		nextAt: next,
		since: SINCE,
	});
	assert.equal(causeOf(failed("a")).nextAt, null);
	assert.equal(causeOf(pipeline("a", { state: "failed" })).code, "failed");
	assert.match(causeOf(pipeline("a", { flow_state: "stalled" })).message, /nothing is written/);
	assert.match(causeOf(pipeline("a", { rates: { lost: 1 } })).message, /being lost/);
});

test("a condition that nobody can tell of is no cause", () => {
	const unknown = pipeline("a", { state: "backoff", conditions: [{ type: "SubscriptionUp", status: "unknown" }] });
	assert.equal(causeOf(unknown).code, "backoff");
});

test("one that is being started stays where it was", () => {
	const started = pipeline("f", { since: "2027-01-31T13:00:00Z" });
	assert.deepEqual(ids([unreachable("a", "s3.x"), failed("g"), started], new Map([["t/f", "2027-01-31T11:00:00Z"]])), [
		"f",
		"g",
		"a",
	]);
});
