// The program in files: the same sources give the same ones, or a new version would be a new one without a reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../split.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = () => buildProgram("src/main.js", root, { minify: true, logLevel: "warning" });

test("the same sources give the same files, main first and the parts by name", async () => {
	const files = await built();
	const names = files.map(({ name }) => name);
	assert.match(names[0], /^main-[0-9a-f]{12}\.js$/);
	assert.ok(names.length > 2);
	assert.deepEqual(names.slice(1), names.slice(1).sort());
	assert.deepEqual(await built(), files);
});

test("what a part names is there", async () => {
	const files = await built();
	const names = new Set(files.map(({ name }) => name));
	const named = files.flatMap(({ text }) => text.match(/[a-z_]+-[0-9a-f]{12}\.js/g) ?? []);
	assert.deepEqual(
		[...new Set(named)].filter((name) => !names.has(name)),
		[],
	);
	assert.ok(named.length >= names.size - 1);
});
