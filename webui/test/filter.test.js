import assert from "node:assert/strict";
import { test } from "node:test";
import { countStates, createOrder, filterPipelines, sortOf, statesOf } from "../src/model/filter.js";

const route = (sink, target, transform = "vpclogs", analyzer = "ws://a:8082/ws") => ({
	sink,
	target,
	transform,
	analyzer,
});
const PIPELINES = [
	{
		tenant: "acme",
		name: "edge",
		host_id: "acme-e1",
		state: "running",
		flow_state: "moving",
		route: route("s3", "logs"),
		lag_flows: 2000,
	},
	{
		tenant: "acme",
		name: "lab",
		host_id: "",
		state: "running",
		flow_state: "idle",
		route: route("stdout", null, "none", "ws://b/ws"),
	},
	{
		tenant: "acme-west",
		name: "edge",
		state: "failed",
		flows_lost: 7,
		labels: { tier: "gold" },
		restarts: { recent: 3 },
	},
	{
		tenant: "zeta",
		name: "core",
		state: "draining",
		spool: { bytes: 30_000_000 },
		rates: { seen: 12.5, records_out: 0 },
	},
];
const found = (q, more = {}) =>
	filterPipelines(PIPELINES, { q, ...more }).map(({ tenant, name }) => `${tenant}/${name}`);

test("words are looked for in tenant, name, host_id, transform and sink; all must hold", () => {
	assert.deepEqual(found("EDGE"), ["acme/edge", "acme-west/edge"]);
	assert.deepEqual(found("edge s3"), ["acme/edge"]);
	assert.deepEqual(found("e1"), ["acme/edge"]);
	assert.deepEqual(found("raw"), ["acme/lab"]);
	assert.deepEqual(found("acme/lab"), ["acme/lab"]);
	assert.deepEqual(found("  "), found(""));
	assert.deepEqual(found("<b>"), []);
});

test("fields", () => {
	assert.deepEqual(found("tenant:ac"), ["acme/edge", "acme/lab", "acme-west/edge"]);
	assert.deepEqual(found("tenant:acme"), ["acme/edge", "acme/lab"], "a whole name is that tenant alone");
	assert.deepEqual(found("name:edge"), ["acme/edge", "acme-west/edge"]);
	assert.deepEqual(found("state:fail"), ["acme-west/edge"]);
	assert.deepEqual(found("state:draining"), ["zeta/core"]);
	assert.deepEqual(found("state:running"), ["acme/edge", "zeta/core"]);
	assert.deepEqual(found("sink:s3"), ["acme/edge"]);
	assert.deepEqual(found("sink:logs"), ["acme/edge"]);
	assert.deepEqual(found("transform:vpc"), ["acme/edge"]);
	assert.deepEqual(found("host:acme-e"), ["acme/edge"]);
	assert.deepEqual(found("label:tier=gold"), ["acme-west/edge"]);
	assert.deepEqual(found("sub:b"), ["acme/lab"]);
});

test("a connection is found by its number, too", () => {
	const subscriptions = [{ number: 4, url: "ws://b/ws" }];
	assert.deepEqual(found("sub:4", { subscriptions }), ["acme/lab"]);
	assert.deepEqual(found("sub:5", { subscriptions }), []);
});

test("figures; what is unknown matches none", () => {
	assert.deepEqual(found("lost:>0"), ["acme-west/edge"]);
	assert.deepEqual(found("lag:>=2k"), ["acme/edge"]);
	assert.deepEqual(found("lag:>2000"), []);
	assert.deepEqual(found("restarts:3"), ["acme-west/edge"]);
	assert.deepEqual(found("spool:>25MB"), ["zeta/core"]);
	assert.deepEqual(found("flows:<13 out:0"), ["zeta/core"]);
	assert.deepEqual(found("lost:many"), []);
});

test("a field that is half typed hides nothing", () => {
	assert.equal(found("lost:").length, 4);
	assert.equal(found("lost:>").length, 4);
	assert.equal(found("tenant:").length, 4);
});

test("states: several, and only those that there are", () => {
	assert.deepEqual(statesOf("idle,failed,nonsense"), ["failed", "idle"]);
	assert.deepEqual(statesOf(null), []);
	assert.deepEqual(found("", { states: ["failed", "idle"] }), ["acme/lab", "acme-west/edge"]);
	assert.deepEqual(found("", { states: ["running"] }), ["acme/edge", "zeta/core"]);
});

test("each pipeline counts once, on its way as running", () => {
	const counts = countStates(PIPELINES);
	assert.equal(counts.running, 2);
	assert.equal(
		counts.all,
		Object.entries(counts).reduce((sum, [id, n]) => (id === "all" ? sum : sum + n), 0),
	);
});

const flows = (...seen) =>
	seen.map((value, i) => ({ tenant: "t", name: `p${i}`, state: "running", rates: { seen: value } }));
const names = (pipelines) => pipelines.map(({ name }) => name).join(" ");

test("the order of a sort stays while figures change, until another one is asked for", () => {
	const order = createOrder();
	assert.equal(names(order(flows(1, 3, null, 2), "-flows")), "p1 p3 p0 p2", "what is unknown comes last");
	assert.equal(names(order(flows(9, 3, 8, 2), "-flows")), "p1 p3 p0 p2");
	assert.equal(names(order(flows(9, 3, 8, 2, 100), "-flows")), "p1 p3 p0 p2 p4", "a new one stands behind them");
	assert.equal(names(order(flows(9, 3, 8, 2), "flows")), "p3 p1 p2 p0");
	assert.equal(names(order(flows(9, 3, 8, 2), "")), "p0 p1 p2 p3");
	assert.equal(names(order(flows(9, 3, 8, 2), "-flows")), "p0 p2 p1 p3");
});

test("a sort that there is not is none", () => {
	assert.equal(sortOf("-constructor"), null);
	assert.equal(sortOf(null), null);
	assert.deepEqual(sortOf("-lost"), { field: "lost", down: true });
});

test("by severity", () => {
	assert.equal(
		names(createOrder()([PIPELINES[1], PIPELINES[0], PIPELINES[3], PIPELINES[2]], "state")),
		"edge core edge lab",
	);
});
