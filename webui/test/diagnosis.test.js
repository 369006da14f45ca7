import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as advice from "../src/model/advice.js";
import { diagnose, fullIn } from "../src/model/diagnosis.js";
import { plain } from "../src/model/text.js";

const docs = (file) => readFileSync(new URL(`../../docs/${file}`, import.meta.url), "utf8");

/** The codes of a page's section: what stands between backticks in the first column of its table. */
function codesOf(file, section) {
	const text = docs(file).split(`\n## ${section}\n`)[1].split("\n## ")[0];
	const cells = [...text.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell]) => cell);
	return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code));
}

const condition = (type, status, more = {}) => ({ type, status, reason: status ? "Ready" : "", message: "", ...more });
const pipeline = (more) => ({
	tenant: "acme",
	name: "edge",
	state: "running",
	flow_state: "moving",
	desired_state: "running",
	since: "2026-11-26T06:00:00Z",
	conditions: [],
	rates: { seen: 100, excluded: 0, written: 100, lost: 0 },
	spool: { bytes: 0, flows: 0, objects: 0, limit_bytes: 1e9 },
	route: { target: "flow-logs" },
	...more,
});
const look = (status, context) => diagnose(status, { advice, ...context });
const whole = (found) => [found.title, found.evidence, found.todo].map(plain).join(" | ");

test("each last error has words of its own", () => {
	const codes = codesOf("errors.md", "Last errors");
	assert.ok(codes.length >= 7);
	for (const code of codes) {
		const found = look(pipeline({ state: "failed", last_error: { code, message: "what the server says" } }));
		assert.notEqual(plain(found.title), "What the server says.", code);
		assert.match(whole(found), /What the server says/, code);
		assert.ok(found.todo.length > 0, code);
	}
});

test("each false reason of a condition has words of its own", () => {
	const good = ["Ready", "Connected", "Stored", "Listening", "Answers", "Writable", "Applied"];
	// codes of stores come as they are, and what a state is called is told by the state
	const others = ["stopped", "starting", "draining", "backoff", "failed", "HTTP400", "HTTP403", "HTTP429", "HTTP5…"];
	for (const type of Object.keys(advice.REASONS)) {
		const reasons = codesOf("conditions.md", type).filter((reason) => ![...good, ...others].includes(reason));
		assert.ok(reasons.length > 0, type);
		for (const reason of reasons) {
			const found = look(
				pipeline({ state: "degraded", conditions: [condition(type, false, { reason, message: "said" })] }),
			);
			assert.doesNotMatch(plain(found.title), /is false/, `${type} ${reason}`);
			assert.match(whole(found), /Said|said/, `${type} ${reason}`);
		}
	}
	for (const reason of ["HTTP403", "HTTP503", "HTTP429"])
		assert.ok(advice.adviceOn({ type: "SinkReachable", reason, message: "" }), reason);
	assert.match(
		advice.adviceOn({ type: "SinkReachable", reason: "HTTP400", message: "token service: no" })[0],
		/token service/,
	);
});

test("each code of an object store that the documents name has words", () => {
	const text = docs("object-stores.md").split("## What happens when it does not work")[1];
	const rows = [...text.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell);
	assert.ok(rows.length > 5);
	for (const reason of rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, code]) => code)))
		assert.ok(advice.adviceOn({ type: "SinkReachable", reason, message: "token service" }), reason);
});

test("what is not known is told in the server's words", () => {
	const failed = look(pipeline({ state: "failed", last_error: { code: "new.code", message: "it is too late" } }));
	assert.equal(plain(failed.title), "It is too late.");
	const strange = condition("SinkReachable", false, {
		reason: "Strange",
		message: "m".repeat(10_000),
		field: "pipeline.write",
	});
	const found = look(pipeline({ state: "degraded", conditions: [strange] }));
	assert.match(plain(found.title), /^SinkReachable is false: m+…/);
	assert.ok(plain(found.title).length < 400);
	assert.match(plain(found.todo), /pipeline\.write/);
	const unloaded = diagnose(pipeline({ state: "failed", last_error: { code: "worker.ended", message: "x" } }));
	assert.equal(plain(unloaded.title), "x.");
});

test("what comes from outside is no markup of ours", () => {
	const evil = condition("SinkReachable", false, { reason: "AccessDenied", message: "`a` [b](c) {d}" });
	const found = look(pipeline({ state: "degraded", conditions: [evil], route: { target: "[x](y)" } }));
	assert.ok(found.evidence.some((part) => part.value === "`a` [b](c) {d}"));
	assert.ok(found.todo.some((part) => part.value === "[x](y)"));
});

test("the number that matters is when the spool is full, or the next try", () => {
	const denied = condition("SinkReachable", false, {
		reason: "AccessDenied",
		tries: 3,
		next_at: "2026-11-26T06:00:41Z",
	});
	const rates = { seen: 200, excluded: 100, written: 0, lost: 0 };
	const filling = pipeline({
		state: "degraded",
		conditions: [denied],
		rates,
		spool: { bytes: 4e8, flows: 4e5, limit_bytes: 1e9 },
	});
	assert.equal(fullIn(filling, null), 6000);
	assert.deepEqual(look(filling).side, { label: "Spool full in", value: "1 h" });
	assert.deepEqual(look(filling, { growth: 1e6 }).side, { label: "Spool full in", value: "10 min" });
	const free = { ...filling, spool: { bytes: 4e8, flows: 4e5, limit_bytes: null } };
	assert.deepEqual(look(free).side, { label: "Next try in", time: "2026-11-26T06:00:41Z" });
	assert.doesNotMatch(plain(look(free).todo), /spool is full/);
	const due = { ...free, conditions: [{ ...denied, next_at: null }] };
	assert.deepEqual(look(due).side, { label: "Next try in", time: 0 });
});

test("losses come before conditions, with what they are by", () => {
	const status = pipeline({
		state: "degraded",
		conditions: [condition("SinkReachable", false, { reason: "SlowDown", message: "503 SlowDown" })],
		rates: { seen: 3310, excluded: 0, written: 0, lost: 2900 },
		counters: { flows_lost: { ring: 500, overflow: 0, spool: 100, error: 0 } },
		spool: { bytes: 1e9, flows: 1, limit_bytes: 1e9 },
	});
	const found = look(status, { lost: { ring: 0, overflow: 0, spool: 2900, error: 0 } });
	assert.equal(plain(found.title), "Flows are being lost: the spool is full.");
	assert.match(plain(found.evidence), /503 SlowDown/);
	assert.doesNotMatch(plain(found.evidence), /Nothing was written/);
	const silent = { ...status, last_write_at: new Date(Date.now() - 2_460_000).toISOString() };
	assert.match(plain(look(silent).evidence), /^Nothing was written for 41 min\. /);
	assert.equal(found.tone, "bad");
	assert.equal(found.isLoss, true);
	assert.match(found.side.value, /^2\u202f900 flows\/s$/);
	assert.match(plain(look(status).title), /ring/);
	const half = { ...status, spool: { bytes: 1e8, flows: 1, limit_bytes: 1e9 } };
	assert.match(plain(look(half, { lost: { spool: 1 } }).title), /damaged/);
});

test("backoff counts down, stopped and idle are calm, running is nothing", () => {
	const backoff = look(
		pipeline({
			state: "backoff",
			last_error: { code: "worker.ended", message: "worker ended by signal 9" },
			restarts: { recent: 3, next_at: "2026-11-26T06:00:21Z" },
			conditions: [condition("WorkerReady", false, { reason: "backoff" })],
		}),
	);
	assert.equal(plain(backoff.title), "The worker was killed.");
	assert.deepEqual(backoff.side, { label: "Starts in", time: "2026-11-26T06:00:21Z" });
	const stopped = look(
		pipeline({ state: "stopped", conditions: [condition("WorkerReady", false, { reason: "stopped" })] }),
		{
			stoppedBy: "ops-token",
		},
	);
	assert.equal(stopped.tone, "calm");
	assert.match(plain(stopped.title), /^Stopped by ops-token/);
	assert.doesNotMatch(plain(stopped.evidence), /spool/);
	const left = look(pipeline({ state: "stopped", spool: { bytes: 9, flows: 1200, objects: 1 } }));
	assert.match(plain(left.evidence), /1\u202f200 flows wait in the spool/);
	assert.equal(look(pipeline({ flow_state: "idle" })).tone, "calm");
	assert.equal(look(pipeline()), null);
	assert.equal(
		look(pipeline({ state: "draining", conditions: [condition("WorkerReady", false, { reason: "draining" })] })),
		null,
	);
	assert.match(plain(look(pipeline({ flow_state: "stalled" })).title), /nothing leaves/);
});

test("a worker that is overtaken, a quota that is used up and an endpoint that is not allowed have words of their own", () => {
	const lookAt = (type, reason) =>
		look(pipeline({ state: "degraded", conditions: [condition(type, false, { reason, message: "what it says" })] }));
	assert.match(plain(lookAt("WorkerReady", "Overtaken").title), /overwritten in the ring/);
	assert.match(plain(lookAt("SinkReachable", "NotAllowed").title), /of the machine that Sluice runs on/);
	assert.match(plain(lookAt("SinkReachable", "NotAllowed").todo), /--allow-endpoints/);
	assert.match(plain(lookAt("SpoolWritable", "QuotaFull").title), /quota is used up/);
	assert.match(plain(lookAt("SpoolWritable", "QuotaFull").todo), /limits\.spool_bytes/);
});
