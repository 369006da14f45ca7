import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "../src/model/diff.js";
import { before, outcomeOf, restoredInsteadOf, shortSummary, told } from "../src/model/revisions.js";
import { yamlOf } from "../src/model/yaml_text.js";

const row = (revision, more = {}) => ({
	revision,
	current: false,
	outcome: "ready",
	ran_seconds: 90,
	restored_from: null,
	who: "a000000000000002",
	...more,
});
const restored = [
	row(4, { restored_from: 2, who: "sluiced", current: true }),
	row(3, { outcome: "never_ready", ran_seconds: 0 }),
	row(2),
	row(1, { outcome: "not_run" }),
];

test("an outcome says how long it ran, or that it never did and what was restored", () => {
	assert.deepEqual(
		restored.map((one) => outcomeOf(one, restored, "running")),
		["copy of 2, running", "never ready; 2 was restored", "ran 1 min", "not run"],
	);
});

test("a rollback by hand is no restoration", () => {
	const rows = [row(3, { restored_from: 1 }), row(2, { outcome: "never_ready" }), row(1)];
	assert.equal(restoredInsteadOf(2, rows), null);
	assert.equal(outcomeOf(rows[1], rows), "never ready");
});

test("the revision before is the next one that is kept", () => {
	assert.equal(before(4, restored).revision, 3);
	assert.equal(before(1, restored), null);
});

test("summaries are told without what all begin with", () => {
	assert.equal(
		shortSummary("pipeline.write.type: s3 -> pipeline.x, pipeline.a: 1 -> 2"),
		"write.type: s3 -> pipeline.x, a: 1 -> 2",
	);
	assert.equal(shortSummary("created"), "created");
});

const lines = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`).join("\n");

test("a difference has line numbers, and folds what is far from it", () => {
	const rows = differences(lines(1, 20), lines(1, 20).replace("line 10\n", "line ten\nline more\n"));
	assert.deepEqual(
		rows.map(({ kind, old, fresh, text, count }) =>
			kind === "fold" ? `fold ${count}` : `${kind}|${old}|${fresh}|${text}`,
		),
		[
			"fold 6",
			...[7, 8, 9].map((n) => `|${n}|${n}|line ${n}`),
			"del|10||line 10",
			"add||10|line ten",
			"add||11|line more",
			...[11, 12, 13].map((n) => `|${n}|${n + 1}|line ${n}`),
			"fold 7",
		],
	);
});

test("texts that are the same, or empty, or end differently, are no difference", () => {
	assert.deepEqual(differences("a\nb\n", "a\nb"), [{ kind: "fold", count: 2 }]);
	assert.deepEqual(differences("", ""), []);
	assert.deepEqual(differences("", "a"), [{ kind: "add", old: "", fresh: 1, text: "a" }]);
});

test("YAML has secrets on their line, long texts on one, and what YAML would misread in quotes", () => {
	const long = "x ".repeat(200).trim();
	assert.equal(
		yamlOf({ a: { secret_key: { set: true }, on: "true", no: "10:20", long }, list: [1, "b"], none: {} }),
		`a:\n  secret_key: {set: true}\n  "on": "true"\n  "no": "10:20"\n  long: ${long}\nlist:\n  - 1\n  - b\nnone: {}\n`,
	);
});

const rollback = { from: 2, to: 1, answer: { revision: 3, changed: true, status: { state: "starting" } } };
const rows = [row(3, { restored_from: 1, current: true }), row(2), row(1)];

test("a rollback has come to what the pipeline is by now, and can be undone", () => {
	const now = (state, revision = 3) => told(rollback, { state, revision }, rows);
	assert.deepEqual(now("running"), {
		text: "Revision 3 runs the configuration of 1: worker ready.",
		tone: "",
		undo: 2,
	});
	assert.equal(now("stopped").text, "Revision 3 has the configuration of 1: the pipeline is stopped.");
	assert.equal(now("backoff").tone, "warn");
	// the event stream has not told of it yet
	assert.equal(
		now("running", 2).text,
		"Revision 3 has the configuration of 1: not ready yet, the pipeline is starting.",
	);
});

test("a rollback that something came after is not undone", () => {
	const { text, undo } = told(rollback, { state: "running", revision: 4 }, [row(4, { who: "another" }), ...rows]);
	assert.deepEqual([text, undo], ["Revision 3 had the configuration of 1; 4 came after it.", null]);
});

test("a rollback that never became ready says what was restored", () => {
	const after = [
		row(4, { restored_from: 2, who: "sluiced" }),
		row(3, { restored_from: 1, outcome: "never_ready" }),
		row(2),
		row(1),
	];
	assert.deepEqual(told(rollback, { state: "degraded", revision: 4 }, after), {
		text: "Revision 3 with the configuration of 1 never became ready. 2 was restored.",
		tone: "bad",
		undo: null,
	});
});

test("a rollback to the present configuration changes nothing", () => {
	const same = { from: 2, to: 2, answer: { revision: 2, changed: false, status: { state: "running" } } };
	assert.deepEqual(told(same, { state: "running", revision: 2 }, rows).undo, null);
});
