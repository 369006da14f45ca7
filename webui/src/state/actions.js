// What was asked for of a pipeline, and what came of it. That it has happened is believed when the event stream says so.
import { count } from "../lib/format.js";
import { pipelinePath, request } from "../lib/http.js";
import { say } from "../lib/say.js";
import { createStore, useStore } from "../lib/store.js";
import { keyOf, lostOf } from "../model/health.js";
import { isSettled, WORDS } from "../model/orders.js";
import { fleet } from "./live.js";
import { atEnd } from "./session.js";

/** By a pipeline's key: {verb, before: its status then, answered, problem}. Gone when it has happened. */
const asked = createStore(new Map());
const NONE = {};
atEnd(() => asked.set(new Map()));

function put(key, order) {
	asked.set((orders) => {
		const now = new Map(orders);
		if (order) now.set(key, order);
		else now.delete(key);
		return now;
	});
}

function settle(key) {
	const order = asked.get().get(key);
	const pipeline = fleet.get().byKey.get(key);
	if (!order || order.problem || !order.answered || !pipeline || !isSettled(order, pipeline)) return;
	put(key, null);
	const lost = order.verb === "stop" ? `, ${count(lostOf(pipeline) - lostOf(order.before), "flow")} lost` : "";
	say(`${pipeline.name}: ${WORDS[order.verb].done}${lost}`);
}

fleet.subscribe(() => {
	for (const key of asked.get().keys()) settle(key);
});

/** verb: start, stop, restart. body: as the API has it. Nothing is thrown: what is refused is in useOrder(). */
export async function order(pipeline, verb, body) {
	const key = keyOf(pipeline);
	put(key, { verb, before: pipeline });
	say(`${pipeline.name}: ${WORDS[verb].doing}`);
	try {
		const path = pipelinePath(pipeline.tenant, pipeline.name, `/${verb}?wait=15s`);
		await request("POST", path, body ? { body } : {});
		put(key, { verb, before: pipeline, answered: true });
		settle(key);
	} catch (problem) {
		put(key, { verb, before: pipeline, problem });
	}
}

/** Deletes a pipeline: stopped, drained, removed. Throws a Problem: 409 spool.not_empty has flows and objects. */
export async function deletePipeline(pipeline, { discard = false } = {}) {
	await request("DELETE", pipelinePath(pipeline.tenant, pipeline.name, discard ? "?discard=true" : ""));
	say(`${keyOf(pipeline)}: deleted`);
}

/** {verb, problem}: what was asked of a pipeline and has not happened; {} nothing. */
export function useOrder(pipeline) {
	const key = keyOf(pipeline);
	return useStore(asked, (orders) => orders.get(key)) ?? NONE;
}

export const forget = (pipeline) => put(keyOf(pipeline), null);
