import assert from "node:assert/strict";
import { test } from "node:test";
import { age, bytes, duration, number, rate } from "../src/lib/format.js";

test("numbers have groups of three digits", () => {
	assert.equal(number(1234567), "1\u202f234\u202f567");
	assert.equal(number(999.6), "1\u202f000");
	assert.equal(number(null), "–");
});

test("a slow rate is not 0", () => {
	assert.equal(rate(0.01), "<0.1");
	assert.equal(rate(0.25), "0.3");
	assert.equal(rate(2), "2");
	assert.equal(rate(12.4), "12");
	assert.equal(rate(0), "0");
});

test("bytes have the largest unit that fits", () => {
	assert.equal(bytes(0), "0\u202fB");
	assert.equal(bytes(4 << 20), "4\u202fMiB");
	assert.equal(bytes(2.1 * 2 ** 30), "2.1\u202fGiB");
	assert.equal(bytes(undefined), "–");
});

test("durations have two units, ages one", () => {
	assert.equal(duration(94), "1m 34s");
	assert.equal(duration(14), "14 s");
	assert.equal(duration(3600 * 5 + 61), "5h 01m");
	assert.equal(duration(86400 * 3 + 7200), "3d 2h");
	assert.equal(age(59), "59 s");
	assert.equal(age(7300), "2 h");
	assert.equal(age(null), "–");
});
