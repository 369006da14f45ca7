import assert from "node:assert/strict";
import { test } from "node:test";
import { createFleet } from "../src/model/fleet.js";

const pipeline = (name, more = {}) => ({ tenant: "acme", name, state: "running", ...more });
const names = (fleet) => fleet.view().pipelines.map(({ name }) => name);

test("a snapshot in pages is shown when it is whole", () => {
	const fleet = createFleet();
	fleet.snapshot({ pipelines: [pipeline("b")], last: false });
	assert.deepEqual(names(fleet), []);
	assert.equal(fleet.whole(), false);
	fleet.snapshot({ pipelines: [pipeline("a")], last: true, subscriptions: [] });
	assert.deepEqual(names(fleet), ["a", "b"]);
	assert.equal(fleet.whole(), true);
});

test("a snapshot that was cut is forgotten, what was there before stays", () => {
	const fleet = createFleet();
	fleet.snapshot({ pipelines: [pipeline("a")], last: true });
	fleet.begin();
	fleet.snapshot({ pipelines: [pipeline("x")], last: false });
	fleet.begin();
	assert.deepEqual(names(fleet), ["a"]);
	fleet.snapshot({ pipelines: [pipeline("y")], last: true });
	assert.deepEqual(names(fleet), ["y"]);
});

test("figures change what they name and add what is new", () => {
	const fleet = createFleet();
	fleet.snapshot({ pipelines: [pipeline("a"), pipeline("b", { lag_flows: 1 })], last: true });
	fleet.figures({ pipelines: [pipeline("a", { state: "degraded" }), pipeline("c")] });
	assert.deepEqual(names(fleet), ["a", "b", "c"]);
	assert.equal(fleet.view().byKey.get("acme/a").state, "degraded");
	assert.equal(fleet.view().byKey.get("acme/b").lag_flows, 1);
});

test("a deleted pipeline goes", () => {
	const fleet = createFleet();
	fleet.snapshot({ pipelines: [pipeline("a"), pipeline("b")], last: true });
	assert.equal(fleet.event("change", { tenant: "acme", pipeline: "a", action: "pipeline.delete" }), true);
	assert.equal(fleet.event("change", { tenant: "acme", pipeline: "b", action: "pipeline.stop" }), false);
	assert.deepEqual(names(fleet), ["b"]);
});
