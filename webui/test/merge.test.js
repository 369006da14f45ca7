import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, mergeOf } from "../src/model/merge.js";

test("changes are told field by field, lists as a whole", () => {
	const before = { a: 1, b: { c: 2, d: 3 }, l: [1] };
	assert.deepEqual(changesOf(before, { a: 1, b: { c: 5 }, l: [1, 2], n: 0 }), [
		{ keys: ["b", "c"], value: 5 },
		{ keys: ["b", "d"], value: undefined },
		{ keys: ["l"], value: [1, 2] },
		{ keys: ["n"], value: 0 },
	]);
	assert.deepEqual(changesOf(before, structuredClone(before)), []);
});

test("what only the others have changed is taken, what both have is a conflict", () => {
	const base = { a: 1, b: 1, c: 1, d: { e: 1 } };
	const mine = { a: 2, b: 1, c: 3, d: { e: 1 } };
	const theirs = { a: 1, b: 9, c: 4, d: { e: 5 } };
	assert.deepEqual(mergeOf(base, mine, theirs), {
		theirs: [
			{ keys: ["b"], value: 9 },
			{ keys: ["d", "e"], value: 5 },
		],
		conflicts: [{ keys: ["c"], mine: 3, theirs: 4 }],
	});
});

test("the same change of both is none, and a section that one has taken out is a conflict with a change within", () => {
	assert.deepEqual(mergeOf({ a: 1 }, { a: 2 }, { a: 2 }), { theirs: [], conflicts: [] });
	const { conflicts } = mergeOf({ s: { a: 1 } }, {}, { s: { a: 2 } });
	assert.deepEqual(conflicts, [{ keys: ["s", "a"], mine: undefined, theirs: 2 }]);
	const gone = mergeOf({ s: { a: 1 } }, { s: { a: 2 } }, {});
	assert.deepEqual(gone.conflicts, [{ keys: ["s"], mine: { a: 2 }, theirs: undefined }]);
});
