import assert from "node:assert/strict";
import { test } from "node:test";
import { onTopOf, taken } from "../src/model/rebase.js";

const schema = { properties: { host_id: {}, pipeline: {} } };
const beside = { description: "", labels: {}, limits: {} };
const base = { revision: 7, config: { host_id: "a", pipeline: { n: 1, m: 1 } }, beside };
const edit = {
	base,
	text: "host_id: a # mine\npipeline:\n  n: 2\n  m: 1\n",
	beside: { ...beside, description: "mine" },
};
const theirs = {
	revision: 8,
	config: { host_id: "b", pipeline: { n: 3 } },
	beside: { ...beside, labels: { tier: "gold" } },
};

test("what only the others changed comes into one's own text, comments stay", () => {
	const merged = onTopOf(schema, edit, theirs);
	assert.equal(merged.text, "host_id: b # mine\npipeline:\n  n: 2\n");
	assert.deepEqual(merged.beside, { description: "mine", labels: { tier: "gold" }, limits: {} });
	assert.equal(merged.base, theirs);
	assert.deepEqual(merged.conflicts, [{ keys: ["config", "pipeline", "n"], mine: 2, theirs: 3 }]);
	assert.deepEqual(edit.beside.labels, {});
});

test("of a conflict the other's can be taken", () => {
	const merged = onTopOf(schema, edit, theirs);
	const now = taken(schema, merged, [{ keys: ["config", "pipeline", "n"], value: 3 }]);
	assert.match(now.text, /n: 3/);
	const gone = taken(schema, merged, [{ keys: ["labels", "tier"], value: undefined }]);
	assert.deepEqual([gone.text, gone.beside.labels], [merged.text, {}]);
});

test("a text that cannot be read is not merged", () => {
	assert.equal(onTopOf(schema, { ...edit, text: "a: [" }, theirs), null);
});
