// The rollback that this page asked for last, and what came of it: kept when one looks elsewhere meanwhile.
import { pipelinePath, request } from "../lib/http.js";
import { say } from "../lib/say.js";
import { createStore, useStore } from "../lib/store.js";
import { keyOf } from "../model/health.js";
import { atEnd } from "./session.js";

/** {key, from: the revision then, to, phase: asked, answered, refused; answer, problem}; null: none. */
const last = createStore(null);
atEnd(() => last.set(null));

/** Makes a copy of revision `to` the present one. Nothing is thrown: what came of it is in useRollback(). */
export async function rollBack(pipeline, to) {
	const mine = { key: keyOf(pipeline), from: pipeline.revision, to, phase: "asked", answer: null, problem: null };
	last.set(mine);
	say(`Rolling back to ${to}`);
	try {
		const path = pipelinePath(pipeline.tenant, pipeline.name, "/rollback?wait=15s");
		const { body } = await request("POST", path, { body: { revision: to } });
		last.set((now) => (now === mine ? { ...mine, phase: "answered", answer: body } : now));
	} catch (problem) {
		last.set((now) => (now === mine ? { ...mine, phase: "refused", problem } : now));
	}
}

export const forgetRollback = () => last.set(null);

export function useRollback(pipeline) {
	const key = keyOf(pipeline);
	return useStore(last, (rollback) => (rollback?.key === key ? rollback : null));
}
