import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLines, rawOf, summaryOf } from "../src/model/record.js";

const print = (raw) =>
	jsonLines(raw)
		.map(({ depth, key, text }) => "  ".repeat(depth) + (key ? `${key}: ` : "") + text)
		.join("\n");

test("a record of VPC flow logs is its connection, protocol and action", () => {
	const record = {
		initiator_ip: "10.0.0.1",
		initiator_port: 49812,
		target_ip: "fd00::1",
		target_port: 443,
		transport_protocol: 6,
	};
	assert.deepEqual(summaryOf({ ...record, action: "rejected" }), {
		from: { address: "10.0.0.1", port: "49812" },
		to: { address: "fd00::1", port: "443" },
		what: "TCP rejected",
	});
	assert.equal(summaryOf({ ...record, transport_protocol: 99 }).what, "99");
});

test("a flow, and Security Advisor's record of it, is its connection and layers", () => {
	const record = { LayersPath: "Ethernet/IPv4/UDP/DNS", Network: { A: "a", B: "b" }, Transport: { A: "1", B: 53 } };
	assert.deepEqual(summaryOf({ ...record, Status: "ENDED" }), {
		from: { address: "a", port: "1" },
		to: { address: "b", port: "53" },
		what: "UDP/DNS ended",
	});
	assert.deepEqual(summaryOf({ LayersPath: "Ethernet/ARP", Link: { A: "32:32", B: "c2:49" } }), {
		from: { address: "32:32", port: "" },
		to: { address: "c2:49", port: "" },
		what: "ARP",
	});
});

test("text formats are their own line, so is JSON of another kind", () => {
	assert.deepEqual(summaryOf("5,123,ACCEPT", '"5,123,ACCEPT"'), { text: "5,123,ACCEPT" });
	assert.deepEqual(summaryOf({ metric: 1 }, '{"metric":1}'), { text: '{"metric":1}' });
	assert.deepEqual(summaryOf(null, "null"), { text: "null" });
});

test("a record's text is as it was sent, numbers beyond 2^53 too", () => {
	const data = '{"tag":"a\\"b","skipped":3,"at":"2026-11-26T06:04:21Z","record":{"n":18446744073709551615}}';
	assert.equal(rawOf(data, JSON.parse(data).record), '{"n":18446744073709551615}');
	assert.equal(rawOf('{"skipped":0,"record":{"n":1},"tag":"a"}', { n: 1 }), '{"n":1}');
});

test("JSON is set in lines as JSON.stringify does it", () => {
	const values = [
		{},
		[],
		{ a: {}, b: [] },
		{ a: [1, { b: null }], c: 'x, {y}: "z" \\' },
		[[], [[1]]],
		"text",
		5,
		[{}, {}],
		{ a: [{}] },
	];
	for (const value of values) {
		assert.equal(print(JSON.stringify(value)), JSON.stringify(value, null, 2));
		assert.equal(print(JSON.stringify(value, null, 3)), JSON.stringify(value, null, 2));
	}
	assert.equal(print('{"n":18446744073709551615,"e":-1.50e+9}'), '{\n  "n": 18446744073709551615,\n  "e": -1.50e+9\n}');
});
