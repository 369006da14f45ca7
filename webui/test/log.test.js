import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf, createLog, isFound, parseLine, piecesOf, searchFor } from "../src/model/log.js";

const line = (second, message = "ready") => `2026-11-26T06:04:${second}.000Z info worker acme/edge ${message}`;
const texts = (log) => log.view().lines.map(({ text }) => text);

test("a line has a time, a level, a component and a message, without the pipeline's own name", () => {
	assert.deepEqual(parseLine("2026-11-26T06:04:36.098Z debug worker acme/edge recovered reason=Full", "acme/edge"), {
		time: "2026-11-26T06:04:36.098Z",
		level: "debug",
		component: "worker",
		message: "recovered reason=Full",
	});
});

test("what is no line of that form is a message", () => {
	const text = "(lines are missing here: they came faster than they were read)";
	assert.deepEqual(parseLine(text, "acme/edge"), { time: "", level: "", component: "", message: text });
	assert.equal(parseLine("", "acme/edge").message, "");
});

test("pairs are set off, and a URL's query is none", () => {
	assert.deepEqual(piecesOf('PUT http://a/?x=1 code=403 why="no way" again', null), [
		{ text: "PUT http://a/?x=1 ", pair: false, hit: false },
		{ text: "code=403", pair: true, hit: false },
		{ text: " ", pair: false, hit: false },
		{ text: 'why="no way"', pair: true, hit: false },
		{ text: " again", pair: false, hit: false },
	]);
});

test("what is searched for is found in any case, literally, across the border of a pair", () => {
	const found = (text, words) => piecesOf(text, searchFor(words)).filter(({ hit }) => hit);
	assert.deepEqual(
		found("Sealed tag=a", "SEALED TAG").map(({ text }) => text),
		["Sealed ", "tag"],
	);
	assert.deepEqual(found("a.b axb", "a.b").length, 1);
	assert.equal(piecesOf("İstanbul code=1", searchFor("code")).find(({ hit }) => hit).text, "code");
	assert.equal(searchFor(""), null);
	assert.equal(isFound(["info", "worker", "ready"], searchFor("WORK")), true);
	assert.equal(isFound(["info", "worker", "ready"], searchFor("spool")), false);
});

test("pieces put together are the text", () => {
	for (const text of ["", "a=b", " a=b  c=d ", "x", 'a="b', "\u202e a=1"]) {
		assert.equal(
			piecesOf(text, searchFor("b"))
				.map((piece) => piece.text)
				.join(""),
			text,
		);
	}
});

test("lines that are told again are not taken twice, those that are new are", () => {
	const log = createLog("acme/edge");
	for (const text of [line(10), line(11), line(12), line(12)]) log.take(text);
	assert.equal(log.again(), "2026-11-26T06:04:12.000Z");
	for (const text of [line(12), line(12), line(12), line(13)]) log.take(text);
	assert.deepEqual(texts(log), [line(10), line(11), line(12), line(12), line(12), line(13)]);
	assert.equal(log.view().total, 6);
});

test("without a line yet nothing is passed over", () => {
	const log = createLog("acme/edge");
	assert.equal(log.again(), "");
	log.take("(lines are missing here)");
	assert.equal(log.again(), "");
});

test("the newest lines are kept, in whole blocks", () => {
	const log = createLog("acme/edge", { most: 10, block: 4 });
	const numbers = () => log.view().lines.map(({ n }) => n);
	for (let i = 0; i < 10; i++) log.take(line(10, `n=${i}`));
	assert.deepEqual(numbers(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	for (let i = 10; i < 35; i++) log.take(line(10, `n=${i}`));
	assert.deepEqual(numbers(), [28, 29, 30, 31, 32, 33, 34]);
	assert.equal(log.view().total, 35);
	assert.equal(log.view().lines[0].message, "n=28");
	assert.deepEqual(
		blocksOf(log.view().lines, 4).map((block) => block.map(({ n }) => n)),
		[
			[28, 29, 30, 31],
			[32, 33, 34],
		],
	);
	assert.deepEqual(blocksOf([]), []);
});
