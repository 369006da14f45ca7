import assert from "node:assert/strict";
import { test } from "node:test";
import { appendSample, ratesOf, SAMPLES } from "../src/model/samples.js";

const told = (count, ...seen) => ({ interval_s: 15, count, seen });

test("the next sample goes behind those before", () => {
	assert.deepEqual(appendSample(told(2, 0, 15), told(3, 45)), told(3, 0, 15, 45));
});

test("the same sample told again changes nothing", () => {
	const before = told(2, 0, 15);
	assert.equal(appendSample(before, told(2, 15)), before);
});

test("samples that were missed are a hole", () => {
	assert.deepEqual(appendSample(told(2, 0, 15), told(5, 90)), told(5, 0, 15, null, null, 90));
});

test("no more are kept than 15 minutes have", () => {
	let samples = told(1, 0);
	for (let i = 2; i < 200; i++) samples = appendSample(samples, told(i, i));
	assert.equal(samples.seen.length, SAMPLES + 1);
	assert.equal(samples.seen.at(-1), 199);
});

test("rates are what lies between totals", () => {
	assert.deepEqual(ratesOf([0, 15, 45, 45], 15), [1, 2, 0]);
	assert.deepEqual(ratesOf([30, null, 60], 15), [null, null]);
	assert.deepEqual(ratesOf([30, 15], 15), [0]);
	assert.deepEqual(ratesOf([], 15), []);
});
