import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, openDocument } from "../src/model/configuration.js";
import { fieldOf, isApplicable, keysOf, mended, MISSING, pathOf, problemsOf } from "../src/model/problems.js";

const TEXT = `host_id: acme
pipeline:
  classify:
    cluster_net_masks:
      - 10.0.0.0/8
      - 172.18.0.0 # not one
  store:
    bufferd:
      dirname: x
  write:
    type:
`;
const BODY = { lines: 4, columns: 2 };
const told = (pointer, code = "value", more = {}) => ({ pointer: `/config${pointer}`, code, detail: "no", ...more });
const one = (error) => problemsOf(openDocument(TEXT), [error], BODY)[0];
const marked = ({ offset, length }) => TEXT.slice(offset, offset + length);

test("pointers and paths", () => {
	assert.deepEqual(keysOf("/a~1b/0"), ["a/b", "0"]);
	assert.equal(pathOf(["pipeline", "masks", "1"]), "pipeline.masks[1]");
});

test("a secret that is not stored is asked for, not said to be set", () => {
	const { detail, code } = one(
		told("/pipeline/write/s3/secret_key", MISSING, { detail: '{"set":true} keeps a stored value' }),
	);
	assert.deepEqual([detail, code], ["No value is stored for secret_key: write one", MISSING]);
});

test("a value is marked, of an unknown key its name, of what is empty its name", () => {
	const mask = one(told("/pipeline/classify/cluster_net_masks/1"));
	assert.deepEqual(
		[mask.line, mask.column, marked(mask), mask.path],
		[6, 9, "172.18.0.0", "pipeline.classify.cluster_net_masks[1]"],
	);
	assert.equal(marked(one(told("/pipeline/store/bufferd", "unknown_key"))), "bufferd");
	const missing = one(told("/pipeline/write/type", "required", { detail: "is missing" }));
	assert.deepEqual([marked(missing), missing.detail], ["type", "type is missing"]);
});

test("where a pointer leads nowhere the server's own place counts, from the configuration's beginning", () => {
	assert.equal(one(told("/pipeline/nowhere", "required")).line, undefined);
	const placed = one(told("/pipeline/nowhere", "syntax", { line: 5, column: 12 }));
	assert.deepEqual([placed.line, placed.column, marked(placed)], [1, 10, "acme"]);
});

test("what stands beside the configuration is told apart", () => {
	const [problem] = problemsOf(
		openDocument(TEXT),
		[{ pointer: "/limits/restarts", code: "value", detail: "no" }],
		BODY,
	);
	assert.deepEqual([problem.inConfig, problem.path, problem.line], [false, "limits.restarts", undefined]);
});

test("problems come in the order of the text", () => {
	const found = problemsOf(openDocument(TEXT), [told("/pipeline/write"), told("/host_id")], BODY);
	assert.deepEqual(
		found.map(({ path }) => path),
		["host_id", "pipeline.write"],
	);
});

test("the field of a problem is its own, or the one around it", () => {
	const index = new Map([["pipeline.classify.cluster_net_masks", { path: "masks" }]]);
	assert.equal(fieldOf(one(told("/pipeline/classify/cluster_net_masks/1")), index).path, "masks");
	assert.equal(fieldOf(one(told("/pipeline/store")), index), null);
});

test("a suggestion is put in place, and all else stays as it is", () => {
	const mend = (problem) => mended(TEXT, one(problem), { properties: {} });
	assert.equal(
		mend(told("/pipeline/classify/cluster_net_masks/1", "value", { suggestion: "172.18.0.0/32" })),
		TEXT.replace("172.18.0.0 ", "172.18.0.0/32 "),
	);
	assert.equal(
		mend(told("/pipeline/store/bufferd", "unknown_key", { suggestion: "buffered" })),
		TEXT.replace("bufferd", "buffered"),
	);
	assert.equal(mend(told("/host_id", "host_id.in_use", { suggestion: "0123" })), TEXT.replace("acme", '"0123"'));
	assert.match(mend(told("/pipeline/write/type", "required", { suggestion: "file" })), /type: file\n$/);
});

test("a key that belongs elsewhere is moved there", () => {
	const problem = one(told("/pipeline/store/bufferd", "unknown_key", { suggestion: "pipeline.write.s3" }));
	const text = mended(TEXT, problem, { properties: {} });
	assert.match(text, /write:\n {4}type:\n {4}s3:\n {6}dirname: x\n$/);
	assert.doesNotMatch(text, /bufferd/);
});

test("what is unused is taken out", () => {
	const text = mended(
		"host_id: a\npipeline:\n  write:\n    later: 1\n",
		{ keys: ["pipeline", "write", "later"], code: "unused" },
		{},
	);
	assert.equal(text, "host_id: a\n");
});

test("a sentence is no suggestion for a button", () => {
	assert.equal(isApplicable({ suggestion: "use another one", inConfig: true }), false);
	assert.equal(isApplicable({ suggestion: "buffered", inConfig: true }), true);
	assert.equal(isApplicable({ suggestion: null, inConfig: true }), false);
});

test("a body has the configuration as it is written, indented, and says by how much", () => {
	const { text, lines, columns } = bodyOf("---\n# c\na: 012\n\nb: |\n  x\n", { description: "d: e" });
	assert.equal(text, 'description: "d: e"\nconfig:\n\n  # c\n  a: 012\n\n  b: |\n    x\n');
	assert.deepEqual([lines, columns], [2, 2]);
	assert.equal(bodyOf("# nothing\n", {}).text, "config: {}\n");
});

test("what is missing below a name that is written wrongly is not told, what is missing elsewhere is", () => {
	const errors = [
		told("/pipeline/store/bufferd", "unknown_key", { suggestion: "buffered" }),
		told("/pipeline/store/buffered/dirname", "required"),
		told("/pipeline/store/bufferedly", "required"),
	];
	const found = problemsOf(openDocument(TEXT), errors, BODY);
	assert.deepEqual(
		found.map(({ keys }) => keys.at(-1)),
		["bufferd", "bufferedly"],
	);
});
