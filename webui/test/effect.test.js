import assert from "node:assert/strict";
import { test } from "node:test";
import { effectsOf, isNothing, verbOf } from "../src/model/effect.js";

const beside = { description: "", labels: {}, limits: {} };
const base = { revision: 7, hostId: "acme-1", beside };
const plan = (more) => ({
	revision: 8,
	changed: true,
	action: "restart",
	host_id: "acme-1",
	desired_state: "running",
	...more,
});
const effects = (given) =>
	effectsOf({ plan: plan(), base, beside, isNew: false, tenantQuota: { limit: 16, used: 3 }, ...given });

test("a change that restarts the worker", () => {
	const [saved, worker, fallback, quota] = effects();
	assert.equal(saved, "Saved as revision 8.");
	assert.match(worker, /new one goes on at the same flow/);
	assert.match(fallback, /last revision that was ready is started again/);
	assert.match(quota, /as it was/);
	assert.equal(verbOf(plan(), false), "Apply and restart worker");
});

test("a change of one that is stopped starts nothing", () => {
	const stopped = plan({ action: "none", desired_state: "stopped" });
	assert.match(effects({ plan: stopped })[1], /stopped, and stays so/);
	assert.equal(
		effects({ plan: stopped }).some((text) => text.includes("ready")),
		false,
	);
	assert.equal(verbOf(stopped, false), "Save");
});

test("labels alone are saved beside the configuration", () => {
	const same = plan({ revision: 7, changed: false, action: "none" });
	const given = { plan: same, beside: { ...beside, labels: { a: "b" } } };
	assert.match(effects(given)[0], /its revision stays/);
	assert.equal(isNothing({ base, ...given }), false);
});

test("nothing is nothing", () => {
	const same = plan({ revision: 7, changed: false, action: "none" });
	assert.deepEqual(effects({ plan: same }), ["Nothing is different: there is nothing to save."]);
});

test("another host_id is reserved, the one before is free", () => {
	assert.ok(
		effects({ plan: plan({ host_id: "acme-2" }) }).some((text) => /acme-2 is reserved.*acme-1 is free/.test(text)),
	);
});

test("a new one: started or not, and what is left of the quota", () => {
	const created = plan({ revision: 1, action: "start" });
	const told = effects({ plan: created, isNew: true, base: { revision: 0 } });
	assert.deepEqual(told.slice(0, 2), ["Saved as revision 1.", "A worker is started."]);
	assert.equal(told.at(-1), "4 of 16 pipelines used afterwards.");
	assert.equal(verbOf(created, true), "Create and start pipeline");
	assert.equal(verbOf(plan({ action: "none" }), true), "Create pipeline");
	assert.doesNotMatch(effects({ plan: created, isNew: true, base: {}, tenantQuota: null }).join(), /used/);
});
