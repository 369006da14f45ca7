// Records as a pipeline writes them, until the server has shown so many or for so long.
import { pipelinePath, Problem } from "../../lib/http.js";
import { readEvents } from "../../lib/sse.js";
import { rawOf, summaryOf } from "../../model/record.js";

export const LIMIT = 100;
export const SECONDS = 60;
export const tapPath = ({ tenant, name }) => pipelinePath(tenant, name, `/tap?limit=${LIMIT}&duration=${SECONDS}s`);
const BROKEN = { code: "no_answer", detail: "The connection to Sluice is lost." };
const DRAW_MS = 100;

/** changed({records, skipped, phase, problem}); phase: opening, open, ended, broken. → {stop()} */
export function openTap(pipeline, changed) {
	const stop = new AbortController();
	let state = { records: [], skipped: 0, phase: "opening", problem: null };
	let drawing = 0;

	function draw() {
		clearTimeout(drawing);
		drawing = 0;
		if (!stop.signal.aborted) changed(state);
	}
	function take({ data }) {
		const { record, at, tag, skipped } = JSON.parse(data);
		const raw = rawOf(data, record);
		const seen = { n: state.records.length, at, tag, record, raw, summary: summaryOf(record, raw) };
		state = { ...state, records: [...state.records, seen], skipped: state.skipped + skipped };
		drawing ||= setTimeout(draw, DRAW_MS);
	}
	function become(next) {
		state = { ...state, ...next };
		draw();
	}
	readEvents(tapPath(pipeline), {
		signal: stop.signal,
		opened: () => become({ phase: "open" }),
		event: take,
	}).then(
		() => become({ phase: "ended" }),
		(problem) => become({ phase: "broken", problem: problem instanceof Problem ? problem : new Problem(0, BROKEN) }),
	);
	return { stop: () => stop.abort() };
}
