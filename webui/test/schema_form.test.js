import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
	applies,
	fieldsOf,
	followerOf,
	indexOf,
	isRequired,
	secretNames,
	sectionsOf,
} from "../src/model/schema_form.js";

const schema = JSON.parse(readFileSync(new URL("../../docs/pipeline.schema.json", import.meta.url)));
const fields = fieldsOf(schema);
const index = indexOf(fields);
const at = (values) => (keys) => values[keys.join(".")];
const shown = (path, values = {}) => applies(index.get(path), index, at(values));

test("every field of the schema is in a section, once", () => {
	const placed = sectionsOf(fields).flatMap((section) => section.fields);
	assert.equal(placed.length, fields.length);
	assert.equal(new Set(placed).size, fields.length);
	assert.deepEqual(
		sectionsOf(fields).map(({ title }) => title),
		["Identity", "Source", "Classify and filter", "Transform", "Encode", "Store", "Write"],
	);
});

test("a field that no section knows gets one of its own", () => {
	const sections = sectionsOf(
		fieldsOf({ properties: { new: { properties: { a: { type: "string" }, b: { type: "string" } } } } }),
	);
	assert.deepEqual(
		sections.map(({ title, fields: own }) => [title, own.length]),
		[["new", 2]],
	);
});

test("Skydive's own sections are no fields", () => {
	assert.equal(index.has("logging"), false);
});

test("kinds, options and defaults are the schema's", () => {
	assert.equal(index.get("pipeline.write.s3.secret_key").kind, "secret");
	assert.deepEqual(index.get("pipeline.transform.awsflowlogs.version").options, [2, 3, 4, 5]);
	assert.deepEqual(index.get("pipeline.filter.excluded_tags").options, ["other", "internal", "ingress", "egress"]);
	assert.equal(index.get("pipeline.subscriber.silence_timeout").fallback, 60);
	assert.ok(secretNames(fields).has("api_key"));
});

test("a field applies by what stands there, or by its default", () => {
	assert.equal(shown("pipeline.write.s3.endpoint"), true);
	assert.equal(shown("pipeline.write.file.root"), false);
	assert.equal(shown("pipeline.write.file.root", { "pipeline.write.type": "file" }), true);
	assert.equal(shown("pipeline.action.tid1"), false);
	assert.equal(shown("pipeline.action.tid1", { "pipeline.mangle.type": "action" }), true);
});

test("a field does not apply where what it depends on does not", () => {
	const page = { "pipeline.store.type": "prom_sky_con", "pipeline.write.type": "s3" };
	assert.equal(shown("pipeline.write.type", page), false);
	assert.equal(shown("pipeline.write.s3.endpoint", page), false);
	assert.equal(shown("pipeline.store.prom_sky_con.port", page), true);
});

test("required: always, with a value, not at all", () => {
	const required = (path, values = {}) => isRequired(index.get(path), index, at(values));
	assert.equal(required("pipeline.subscriber.url"), true);
	assert.equal(required("pipeline.store.buffered.dirname"), true);
	assert.equal(required("pipeline.store.buffered.dirname", { "pipeline.write.type": "file" }), false);
	assert.equal(required("pipeline.subscriber.capture_id"), false);
});

test("a schema without x-kind is read by its types", () => {
	const [list, flag] = fieldsOf({ properties: { a: { type: ["array", "null"] }, b: { type: "boolean" } } });
	assert.deepEqual([list.kind, flag.kind], ["texts", "bool"]);
});

test("a new key comes before the first that the schema has behind it", () => {
	assert.equal(followerOf(schema, ["pipeline", "transform"], ["subscriber", "store", "write"]), "store");
	assert.equal(followerOf(schema, ["pipeline", "unheard"], ["store"]), null);
});
