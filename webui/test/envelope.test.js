import assert from "node:assert/strict";
import { test } from "node:test";
import { besideText, envelopeIn } from "../src/model/envelope.js";
import { withMending } from "../src/model/mending.js";
import { isName } from "../src/model/names.js";
import { summaryOf } from "../src/model/summary.js";

test("an envelope is told from a configuration", () => {
	const { config, name, beside } = envelopeIn({ name: "edge", labels: { a: "b" }, config: { host_id: "x" } });
	assert.deepEqual(
		[config, name, beside],
		[{ host_id: "x" }, "edge", { description: "", labels: { a: "b" }, limits: {} }],
	);
	assert.equal(envelopeIn({ host_id: "x", pipeline: {} }), null);
	assert.equal(envelopeIn({ config: {}, pipeline: {} }), null);
	assert.equal(envelopeIn(null), null);
});

test("what stands beside a configuration is shown where there is something", () => {
	assert.equal(besideText({ description: "", labels: {}, limits: {} }), "");
	assert.equal(besideText({ description: "a\nb", labels: {}, limits: {} }), '# description: "a\\nb"\n');
});

test("names", () => {
	assert.deepEqual(["a", "a-1", "", "-a", "a_", "A", "a".repeat(64)].map(isName), [
		true,
		true,
		false,
		false,
		false,
		false,
		false,
	]);
});

test("a button says what it mends; where there is nothing to put in place there is none", () => {
	const problem = { inConfig: true, keys: ["pipeline", "stor"], code: "unknown_key", suggestion: "store" };
	const labels = (...problems) => withMending({ problems, warnings: [] }).problems.map(({ mendLabel }) => mendLabel);
	assert.deepEqual(
		labels(
			problem,
			{ ...problem, suggestion: "pipeline.store" },
			{ ...problem, code: "unused", suggestion: null },
			{ ...problem, suggestion: null },
		),
		["Use store", "Move to pipeline.store", "Take it out", undefined],
	);
});

test("a configuration in one sentence", () => {
	const summary = (values) => summaryOf((path) => values[path.replace("pipeline.", "")], String);
	const objects = {
		"store.type": "buffered",
		"transform.type": "vpclogs",
		"write.type": "s3",
		"store.buffered.dirname": "logs",
		"store.buffered.max_seconds_per_object": 60,
		"store.buffered.max_flows_per_object": "6000",
		"compress.type": "gzip",
	};
	assert.equal(summary(objects), "vpclogs to s3 logs, gzip. An object every 60 s or 6000 records.");
	assert.equal(
		summary({ ...objects, "store.type": "direct", "transform.type": "none" }),
		"raw flows to s3 logs, gzip. An object of each message and tag.",
	);
	assert.match(summary({ "store.type": "prom_sky_con", "store.prom_sky_con.port": 9 }), /Prometheus at port 9/);
});
