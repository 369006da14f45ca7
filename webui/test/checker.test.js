import assert from "node:assert/strict";
import { test } from "node:test";
import { createChecker } from "../src/screens/editor/checker.js";

// runs that end when the test says so
function checking() {
	const [runs, told] = [[], []];
	const run = (input) => new Promise((done, fail) => runs.push({ input, done, fail }));
	const checker = createChecker({ run, told: (result) => told.push(result), begun: () => {}, delayMs: 5 });
	return { checker, runs, told };
}
const untilRuns = async (runs, count) => {
	while (runs.length < count) await new Promise((done) => setImmediate(done));
};
const turn = () => new Promise((done) => setImmediate(done));

test("several keys are one check, of the last text", async () => {
	const { checker, runs, told } = checking();
	for (const text of ["a", "ab", "abc"]) checker.ask(text);
	await untilRuns(runs, 1);
	runs[0].done("ok");
	await turn();
	assert.deepEqual([runs.map(({ input }) => input), told], [["abc"], ["ok"]]);
});

test("one at a time: what comes meanwhile waits, what is old is not told", async () => {
	const { checker, runs, told } = checking();
	checker.ask("a");
	await untilRuns(runs, 1);
	checker.ask("b");
	await new Promise((done) => setTimeout(done, 20));
	assert.equal(runs.length, 1);
	checker.ask("c");
	await new Promise((done) => setTimeout(done, 20));
	runs[0].done("of a");
	await untilRuns(runs, 2);
	runs[1].done("of c");
	await turn();
	assert.deepEqual([runs[1].input, told], ["c", ["of c"]]);
});

test("what fails is told as a problem, what is stopped not at all", async () => {
	const { checker, runs, told } = checking();
	checker.ask("a");
	await untilRuns(runs, 1);
	runs[0].fail("no answer");
	await turn();
	assert.deepEqual(told, [{ problem: "no answer" }]);
	checker.ask("b");
	await untilRuns(runs, 2);
	checker.stop();
	runs[1].done("ok");
	await turn();
	assert.equal(told.length, 1);
});
