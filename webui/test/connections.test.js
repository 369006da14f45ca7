import assert from "node:assert/strict";
import { test } from "node:test";
import { concerned, connectionState, hostOf, sumConnections } from "../src/model/connections.js";

const problem = { reason: "Unreachable", message: "connection refused" };
const up = (more) => ({ url: "ws://a:8082/ws", state: "connected", problem: null, ...more });

test("the host of an address", () => {
	assert.equal(hostOf("ws://a.example:8082/ws/flow"), "a.example:8082");
	assert.equal(hostOf("ws://[::1]:8082/"), "[::1]:8082");
	assert.equal(hostOf("no address"), "no address");
	assert.equal(hostOf("ws://user:word@a:8082/ws"), "a:8082");
	assert.equal(hostOf(undefined), "");
});

test("how a connection is", () => {
	assert.equal(connectionState(up()), "up");
	assert.equal(connectionState({ state: "connecting", problem: null }), "coming");
	assert.equal(connectionState({ state: "connecting", problem }), "down");
	assert.equal(connectionState({ state: "failed", problem: null }), "down");
	assert.equal(connectionState({ state: "waiting", problem: null }), "off");
});

test("the sum of what is told; what nobody tells is unknown", () => {
	const sum = sumConnections([
		up({
			rates: { flows: 5, messages: 1 },
			last_message_age_seconds: 2,
			reconnects: 9,
			reconnects_24h: 2,
			gap_seconds_24h: 3,
		}),
		up({
			rates: { flows: 7, messages: 1 },
			last_message_age_seconds: 0.5,
			reconnects: 9,
			reconnects_24h: 1,
			gap_seconds_24h: 0,
		}),
		{ url: "ws://b", state: "connecting", problem, last_message_age_seconds: 90 },
	]);
	assert.equal(sum.flows, 12);
	assert.equal(sum.age, 0.5);
	assert.equal(sum.reconnects, 3);
	assert.equal(sum.span, " in 24 h");
	assert.equal(sum.gap, 3);
	assert.equal(sum.lost, null);
	assert.equal(sum.up, 2);
	assert.equal(sum.down.length, 1);
});

test("a server that knows no day tells of its life", () => {
	const sum = sumConnections([up({ reconnects: 9, gap_seconds: 1.5 })]);
	assert.deepEqual([sum.reconnects, sum.gap, sum.span, sum.flows], [9, 1.5, "", null]);
});

test("how many pipelines one concerns: as told, else as counted", () => {
	const pipelines = [
		{ state: "degraded", route: { analyzer: "ws://b" } },
		{ state: "stopped", route: { analyzer: "ws://b" } },
		{ state: "running", route: { analyzer: "ws://a" } },
		{ state: "running", route: null },
	];
	assert.equal(concerned({ url: "ws://b" }, pipelines), 1);
	assert.equal(concerned({ url: "ws://b", pipelines: 40 }, pipelines), 40);
});
