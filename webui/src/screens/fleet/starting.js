// Pipelines that are started from the list, and what came of it.
import { request, pipelinePath } from "../../lib/http.js";
import { say } from "../../lib/say.js";
import { createStore } from "../../lib/store.js";
import { now } from "../../lib/time.js";
import { keyOf } from "../../model/health.js";
import { atEnd } from "../../state/session.js";

// How long the line of one that runs again stays.
const STAYS_MS = 6000;

/**
 * By key: {since: of the state in which it was started, asked: true}, once there is an answer without asked, and if it was
 * refused with {problem, at: milliseconds by the server's clock}.
 */
export const starts = createStore(new Map());
atEnd(() => starts.set(new Map()));

function put(key, value) {
	starts.set((before) => {
		const next = new Map(before);
		if (value) next.set(key, value);
		else next.delete(key);
		return next;
	});
}

export async function startPipeline(pipeline) {
	const key = keyOf(pipeline);
	const { since } = pipeline;
	put(key, { since, asked: true });
	try {
		const { body } = await request("POST", pipelinePath(pipeline.tenant, pipeline.name, "/start?wait=10s"));
		const state = body.status?.state ?? "starting";
		put(key, { since });
		say(`${key}: ${state}`);
		setTimeout(() => put(key, null), STAYS_MS);
	} catch (problem) {
		put(key, { since, problem, at: now() });
		say(`${key} is not started. ${problem.message}`);
	}
}

/** What came of it, unless something else has happened to the pipeline since. */
export function startOf(started, pipeline) {
	const told = started.get(keyOf(pipeline));
	return told?.problem && Date.parse(pipeline.since) > told.at ? undefined : told;
}
