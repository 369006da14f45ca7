import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf } from "../src/model/account.js";
import { commandsOf, curlOf } from "../src/model/curl.js";
import { createGrowth } from "../src/model/growth.js";
import { byDay, linesOf, marksOf, mergeEvents, stopperOf } from "../src/model/happenings.js";
import { isSettled } from "../src/model/orders.js";
import { pathOf } from "../src/model/path.js";
import { columnsOf } from "../src/model/throughput.js";

const counters = (more) => ({
	flows_seen: 2233,
	flows_excluded: { capture: 0, tag: 220, started: 0, rule: 0 },
	flows_written: 1900,
	flows_waiting: { ring: 3, state: 10, spool: 100 },
	flows_lost: { ring: 0, overflow: 0, spool: 0, error: 0 },
	records_written: 1900,
	objects_written: 3,
	bytes_written: 65536,
	...more,
});

test("an account that adds up has no remainder, any other shows it", () => {
	const rates = { seen: 10, excluded: 4, written: 5, lost: 0 };
	const rows = accountOf({ counters: counters(), rates });
	assert.equal(
		rows.some(({ label }) => label === "unaccounted"),
		false,
	);
	assert.equal(rows.find(({ label }) => label.startsWith("waiting")).total, 113);
	assert.equal(rows.find(({ label }) => label.startsWith("waiting")).rate, 1);
	const rest = accountOf({ counters: counters({ flows_seen: 2240 }), rates }).find(
		({ label }) => label === "unaccounted",
	);
	assert.deepEqual([rest.total, rest.bad], [7, true]);
	assert.equal(accountOf({}), null);
});

test("what is lost a second is told by reason where that is known", () => {
	const lost = (flows_lost, recent) =>
		accountOf({ counters: counters({ flows_lost }), rates: { seen: 1, excluded: 0, written: 0, lost: 8 } }, recent)
			.filter(({ label }) => label.startsWith("lost"))
			.map(({ rate }) => rate);
	assert.deepEqual(lost({ ring: 0, overflow: 0, spool: 5, error: 0 }), [0, 0, 8, 0]);
	assert.deepEqual(lost({ ring: 2, overflow: 0, spool: 5, error: 0 }), [null, 0, null, 0]);
	assert.deepEqual(
		lost({ ring: 2, overflow: 0, spool: 5, error: 0 }, { ring: 0, overflow: 0, spool: 8, error: 0 }),
		[0, 0, 8, 0],
	);
});

test("growth is measured over minutes", () => {
	const growth = createGrowth();
	const status = (bytes, spool) => ({
		spool: { bytes },
		counters: { flows_lost: { ring: 0, overflow: 0, spool, error: 0 } },
	});
	growth.add(status(1000, 0), 1000);
	assert.equal(growth.spool(), null);
	assert.equal(growth.lost(), null);
	growth.add(status(1500, 0), 11_000);
	growth.add(status(3000, 50), 61_000);
	growth.add(status(9999, 99), 61_000);
	assert.equal(growth.spool(), 2000 / 60);
	assert.deepEqual(growth.lost(), { ring: 0, overflow: 0, spool: 50 / 60, error: 0 });
});

test("commands are what a shell takes, and a viewer's only read", () => {
	const pipeline = { tenant: "acme", name: "edge", revision: 7 };
	const all = commandsOf(pipeline, { mayWrite: true, origin: "https://sluice:8470" });
	assert.deepEqual(
		all.map(({ label }) => label),
		["Status", "Start", "Stop", "Restart", "Logs", "Tap", "Config", "Rollback", "Delete", "Events"],
	);
	assert.match(all[7].command, /-d '\{"revision":6\}'$/);
	assert.ok(commandsOf(pipeline, { mayWrite: false, origin: "" }).every(({ method }) => method === "GET"));
	assert.equal(
		curlOf("POST", "/v1/it's", { origin: "http://a" }),
		`curl -sS -X POST -H "Authorization: Bearer $SLUICE_TOKEN" 'http://a/v1/it'\\''s'`,
	);
});

const event = (number, type, data) => ({
	id: `0000abcd-${number}`,
	type,
	data: { at: `2026-11-26T06:00:0${number}Z`, ...data },
});

test("events are merged by id, newest first, and grouped by day", () => {
	const one = event(1, "state", { state: "running", revision: 7 });
	const two = event(2, "gap", { from: "2026-11-26T06:00:00Z", to: "2026-11-26T06:00:14Z", reason: "reconnect" });
	const list = mergeEvents([one], [one, two, two], 10);
	assert.deepEqual(list, [two, one]);
	assert.equal(mergeEvents(list, [one], 10), list);
	assert.deepEqual(mergeEvents([], [one, two], 1), [two]);
	const days = byDay([{ at: "2026-11-26T12:00:00" }, { at: "2026-11-26T11:00:00" }, { at: "2026-11-25T12:00:00" }]);
	assert.deepEqual(
		days.map(({ day, items }) => [day, items.length]),
		[
			["2026-11-26", 2],
			["2026-11-25", 1],
		],
	);
});

const lineOf = (one) => linesOf([one])[0];

test("an event says who and what", () => {
	const saved = event(1, "change", {
		action: "pipeline.change",
		who: "a02",
		who_description: "cobalt-admin",
		detail: { revision: 7, summary: "pipeline.compress.type: none -> gzip" },
	});
	assert.deepEqual(lineOf(saved), {
		id: saved.id,
		at: saved.data.at,
		tone: "",
		who: "cobalt-admin",
		text: "revision 7 saved: pipeline.compress.type: none -> gzip",
	});
	const back = { action: "pipeline.rollback", who: "sluiced", detail: { revision: 3, restored_from: 1 } };
	assert.equal(lineOf(event(1, "change", back)).text, "back to revision 1, revision 3 saved");
	assert.equal(lineOf(event(1, "change", back)).by, "Supervisor");
	assert.equal(lineOf(event(1, "state", { state: "failed", reason: "it ended" })).tone, "bad");
	assert.match(
		lineOf(event(1, "gap", { from: "2026-11-26T06:00:00Z", to: "2026-11-26T06:00:14Z", reason: "silence" })).text,
		/14 s: silent for longer than silence_timeout/,
	);
	const refused = {
		who: "a02",
		action: "pipeline.change",
		detail: { status: 412, code: "etag.stale", detail: "It has changed." },
	};
	assert.equal(lineOf(event(1, "refused", refused)).text, "pipeline.change refused: It has changed.");
	assert.equal(lineOf(event(1, "refused", { ...refused, who: "nobody" })).by, "nobody");
	assert.equal(lineOf(event(1, "figures", {})), undefined);
	assert.equal(lineOf(event(1, "constructor", {})), undefined);
	assert.equal(stopperOf([event(1, "change", { action: "pipeline.stop", who: "a02" })]), "a02");
});

test("what flows do is a line of its own, and no mark", () => {
	const running = { state: "running", revision: 7, desired_state: "running" };
	const events = [
		event(3, "state", { ...running, flow_state: "stalled" }),
		event(2, "state", { ...running, flow_state: "moving" }),
		event(1, "state", { ...running, flow_state: null }),
	];
	assert.deepEqual(
		linesOf(events).map(({ text, tone }) => [text, tone]),
		[
			["flows arrive, nothing leaves", "warn"],
			["flows arrive and leave", ""],
			["running on revision 7", ""],
		],
	);
	assert.equal(marksOf(events).length, 1);
});

test("marks of the graph are oldest first", () => {
	const marks = marksOf([
		event(3, "change", { action: "pipeline.change", detail: { revision: 7 } }),
		event(2, "state", { state: "starting" }),
		event(1, "condition", { condition: "SinkReachable", status: false }),
	]);
	assert.deepEqual(
		marks.map(({ label, tone }) => [label, tone]),
		[
			["SinkReachable false", "warn"],
			["revision 7", "mute"],
		],
	);
});

test("what was asked for has happened when the status says so", () => {
	const before = { state: "running", desired_state: "running", since: "a", worker: { pid: 1 } };
	assert.equal(isSettled({ verb: "stop", before }, before), false);
	assert.equal(isSettled({ verb: "stop", before }, { ...before, state: "draining" }), false);
	assert.equal(isSettled({ verb: "stop", before }, { ...before, state: "stopped" }), true);
	assert.equal(isSettled({ verb: "restart", before }, before), false);
	assert.equal(isSettled({ verb: "restart", before }, { ...before, worker: { pid: 2 } }), true);
	const stopped = { state: "stopped", since: "a" };
	assert.equal(isSettled({ verb: "start", before: stopped }, stopped), false);
	assert.equal(isSettled({ verb: "start", before: stopped }, { state: "starting", since: "b" }), false);
	assert.equal(isSettled({ verb: "start", before: stopped }, { state: "degraded", since: "c" }), true);
	assert.equal(isSettled({ verb: "start", before: stopped }, { state: "failed", since: "c" }), true);
});

test("the way of the flows marks where they are held up", () => {
	const status = {
		state: "degraded",
		flow_state: "stalled",
		lag_flows: 2000,
		rates: { seen: 100, excluded: 0, written: 0, lost: 0 },
		conditions: [
			{ type: "WorkerReady", status: true },
			{ type: "SubscriptionUp", status: "unknown" },
			{ type: "SinkReachable", status: false },
		],
		counters: { flows_lost: { ring: 0, overflow: 0, spool: 0, error: 0 } },
		spool: { bytes: 1000, objects: 1, limit_bytes: 1000, oldest_at: null },
		route: { analyzer: "ws://user:x@skydive:8082/ws", transform: "none", sink: "file", target: "logs" },
	};
	const hops = pathOf(status, [{ url: "ws://user:x@skydive:8082/ws", state: "connected", rates: { flows: 5 } }]);
	assert.deepEqual(
		hops.map(({ mark }) => mark),
		["stopped", "degraded", "ok", "failed", "degraded"],
	);
	assert.equal(hops[0].lines[0], "skydive:8082");
	assert.deepEqual(hops[3].gauge, { share: 1, tone: "bad" });
	assert.equal(hops[4].tone, "warn");
	// what is not known is a dash, not a failure
	assert.deepEqual(
		pathOf({ state: "stopped" }, []).map(({ figure }) => figure),
		["–", "–", "–", "–", "–"],
	);
});

test("the graph's columns have the newest sample at the end", () => {
	const columns = columnsOf({ interval_s: 15, seen: [0, 150, 300], written: [0, 0, 75], lost: [0, 0, 30] }, 1000);
	assert.deepEqual(columns, [
		[985, 1000],
		[10, 10],
		[0, 5],
		[null, 2],
	]);
	assert.deepEqual(columnsOf(undefined, 1000), [[], [], [], []]);
});
