import assert from "node:assert/strict";
import { test } from "node:test";
import { createParser } from "../src/lib/sse.js";

function parse(...pieces) {
	const events = [];
	const take = createParser((event) => events.push(event));
	for (const piece of pieces) take(piece);
	return events;
}

test("an event in any pieces is the same event", () => {
	const text = 'id: a-7\nevent: state\ndata: {"a":1}\n\n';
	const whole = parse(text);
	assert.deepEqual(whole, [{ id: "a-7", type: "state", data: '{"a":1}' }]);
	assert.deepEqual(parse(...text), whole);
});

test("several data lines are one text, comments are nothing", () => {
	assert.deepEqual(parse(": alive\n\ndata: x\ndata: y\n\n"), [{ id: null, type: "message", data: "x\ny" }]);
});

test("an event that is not whole is not told", () => {
	assert.deepEqual(parse("data: x\n"), []);
});

test("the id stays that of the last event that had one", () => {
	const [, second] = parse("id: 4\ndata: x\n\ndata: y\n\n");
	assert.equal(second.id, "4");
});
