import assert from "node:assert/strict";
import test from "node:test";
import { actorOf, attemptOf, auditPath, changeOf, freshRows, parseFilter, targetOf } from "../src/model/audit.js";
import { findHostIds, freeLike, lookUp } from "../src/model/host_ids.js";
import { gapsOf, lastDay, stateOf } from "../src/model/subscriptions.js";
import { expiryOf, joinBytes, limitsOf, mistakesOf, splitBytes, toneOfUse } from "../src/model/limits.js";
import { problemsOf, usageOf, usesOf } from "../src/model/tenants.js";

test("a tenant's use is the sum of its pipelines, and unknown where none says it", () => {
	const uses = usesOf([
		{
			tenant: "a",
			name: "x",
			state: "running",
			rates: { seen: 3 },
			spool: { bytes: 10 },
			worker: { private_bytes: 5 },
		},
		{
			tenant: "a",
			name: "y",
			state: "degraded",
			rates: { seen: null },
			spool: { bytes: 1 },
			worker: { private_bytes: 9 },
		},
		{ tenant: "b", name: "x", state: "stopped" },
	]);
	assert.equal(usageOf(uses, "a").flows, 3);
	assert.equal(usageOf(uses, "a").spool, 11);
	assert.equal(usageOf(uses, "a").memory, 9);
	assert.deepEqual(problemsOf(usageOf(uses, "a")), [["degraded", 1]]);
	assert.equal(usageOf(uses, "b").flows, null);
	assert.equal(usageOf(uses, "none").pipelines, 0);
	assert.equal(toneOfUse(95, 100), "");
	assert.equal(toneOfUse(96, 100), "warn");
	assert.equal(toneOfUse(96, undefined), "");
});

test("limits of a form", () => {
	assert.deepEqual(splitBytes(21474836480), { text: "20", unit: "GiB" });
	assert.deepEqual(splitBytes(1000000), { text: "1000000", unit: "B" });
	assert.deepEqual(splitBytes(null), { text: "", unit: "MiB" });
	assert.equal(joinBytes({ text: "1.5", unit: "KiB" }), 1536);
	const form = { pipelines: "3", spool: { text: "", unit: "MiB" }, memory: { text: "x", unit: "MiB" }, sinks: ["s3"] };
	const limits = limitsOf(form);
	assert.deepEqual(mistakesOf(limits), ["worker_memory_bytes"]);
	assert.deepEqual(Object.keys(limits), ["pipelines", "worker_memory_bytes", "sinks"]);
	const none = limitsOf({ ...form, pipelines: " ", memory: { text: "", unit: "B" }, sinks: null });
	assert.deepEqual(none, {});
});

test("when a token expires", () => {
	assert.equal(expiryOf("never", 0), null);
	assert.equal(expiryOf("30d", 0), "1970-01-31T00:00:00Z");
	assert.equal(expiryOf("2027-02-30x", 0), undefined);
	assert.match(expiryOf("2027-02-21", 0), /^2027-02-2[01]T/);
});

test("what is looked for in the audit trail", () => {
	assert.deepEqual(parseFilter(" who:local edge since:1h  two x:1 "), { who: "local", since: "1h", q: "edge two x:1" });
	assert.deepEqual(parseFilter(""), {});
	assert.equal(auditPath({ q: "a b" }, { limit: 5, token: "P" }), "/v1/audit?q=a+b&limit=5&page_token=P");
});

test("a row of the audit trail in words", () => {
	assert.equal(changeOf({ detail: { revision: 4, summary: "host_id" } }), "revision 4: host_id");
	assert.equal(changeOf({ detail: {} }), "");
	assert.equal(changeOf({ detail: null }), "");
	const token = { role: "viewer", description: "", expires_at: null };
	assert.equal(changeOf({ detail: token }), "viewer, never expires");
	assert.equal(changeOf({ detail: { level: null } }), "log level as for all");
	assert.equal(
		changeOf({ detail: { import: true, revision: 1, summary: "created" } }),
		"revision 1: created, by an import",
	);
	assert.match(
		changeOf({ detail: { discarded: { flows: 1, objects: 3, bytes: 4096 } } }),
		/1 flow in 3 objects, 4.KiB/,
	);
	assert.equal(changeOf({ detail: { other: { a: 1 } } }), 'other {"a":1}');
	assert.deepEqual(targetOf({ action: "pipeline.stop", tenant: "a", name: "x" }).path, ["pipelines", "a", "x"]);
	assert.equal(targetOf({ action: "token.create", tenant: "a", name: "t1" }).text, "token t1 of a");
});

test("which rows of the audit trail are new", () => {
	const row = (at) => ({ at, action: "tenant.change", request_id: at });
	const rows = [row("2"), row("1")];
	assert.deepEqual(freshRows(rows, [row("3"), row("2")]), { fresh: [row("3")], joined: true });
	assert.equal(freshRows(rows, [row("5"), row("4")]).joined, false);
});

test("subscriptions and their gaps", () => {
	assert.equal(stateOf({ state: "connected" }).bad, false);
	assert.equal(stateOf({ state: "connecting", problem: null }).bad, false);
	assert.equal(stateOf({ state: "connecting", problem: { reason: "x" } }).word, "down");
	// for its workers: nothing is wrong
	assert.deepEqual(stateOf({ state: "waiting", problem: null }), { glyph: "stopped", word: "waiting", bad: false });
	assert.deepEqual(stateOf({ state: "failed", problem: null }), { glyph: "down", word: "failed", bad: true });
	const listed = [
		{ number: 1, url: "ws://a", gaps: [{ from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:02Z", seconds: 2 }] },
		{ number: 2, url: "ws://b", gaps: [{ from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:03Z", seconds: 3 }] },
	];
	const gaps = gapsOf(listed, [{ number: 2, pipelines: 7 }]);
	assert.deepEqual(
		gaps.map(({ url, pipelines }) => [url, pipelines]),
		[
			["ws://b", 7],
			["ws://a", undefined],
		],
	);
	assert.deepEqual(lastDay(gaps, Date.parse("2026-01-02T12:00:00Z")), { count: 1, seconds: 3 });
});

test("host_ids", () => {
	const items = [
		{ host_id: "b", tenant: "t", name: "x" },
		{ host_id: "a", tenant: "t", name: "y" },
		{ host_id: "a-2", tenant: "u", name: "y" },
	];
	assert.deepEqual(
		findHostIds(items, "T/").map(({ host_id: id }) => id),
		["a", "b"],
	);
	assert.equal(lookUp(items, "a").free, "a-3");
	assert.equal(lookUp(items, "c").holder, null);
	assert.equal(lookUp(items, " "), null);
	assert.equal(freeLike("x".repeat(128), new Set()).length, 128);
});

test("a change that was refused says what was asked for and why it was not done", () => {
	const detail = { action: "pipeline.change", status: 412, code: "etag.stale", detail: "It has changed.", not_kept: 2 };
	const row = { action: "refused", tenant: "acme", name: "edge", who: "a02", detail };
	assert.deepEqual(attemptOf(row), { action: "pipeline.change", status: 412 });
	assert.deepEqual(targetOf(row), { text: "acme/edge", path: ["pipelines", "acme", "edge"] });
	assert.equal(changeOf(row), "It has changed. (etag.stale); 2 refusals before it not kept");
	const stranger = { action: "refused", tenant: null, name: "", who: "nobody", detail: { ...detail, action: "login" } };
	assert.deepEqual(targetOf(stranger), { text: "", path: null });
	assert.equal(actorOf(stranger), "(none)");
	assert.deepEqual(attemptOf({ action: "pipeline.stop", detail: {} }), { action: "pipeline.stop", status: null });
});
