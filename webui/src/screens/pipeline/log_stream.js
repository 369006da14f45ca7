// A pipeline's log as it comes, again and again when the stream breaks.
import { pipelinePath } from "../../lib/http.js";
import { readEvents, waitMs } from "../../lib/sse.js";
import { now } from "../../lib/time.js";
import { createLog } from "../../model/log.js";

const TAIL = 200;
const DRAW_MS = 100;
// refusals that another try does not change
const FINAL = [400, 401, 403, 404];

/** changed({lines, total, phase, lostAt, nextTry, problem}); phase: loading, open, broken, refused. → {again(), stop()} */
export function openLog({ tenant, name }, changed) {
	const log = createLog(`${tenant}/${name}`);
	let state = { phase: "loading", lostAt: null, nextTry: null, problem: null };
	let mine = null;
	let tries = 0;
	let drawing = 0;
	let waiting = 0;

	function draw() {
		clearTimeout(drawing);
		drawing = 0;
		changed({ ...log.view(), ...state });
	}
	function become(next) {
		state = { ...state, ...next };
		draw();
	}
	function opened() {
		tries = 0;
		become({ phase: "open", lostAt: null, nextTry: null, problem: null });
	}
	function lost(problem) {
		if (FINAL.includes(problem?.status)) return become({ phase: "refused", problem });
		const wait = Math.max((problem?.retryAfter ?? 0) * 1000, waitMs(tries++));
		waiting = setTimeout(connect, wait);
		return become({ phase: "broken", lostAt: state.lostAt ?? now(), nextTry: now() + wait, problem });
	}
	async function connect() {
		clearTimeout(waiting);
		mine?.abort();
		const own = new AbortController();
		mine = own;
		const since = log.again();
		const from = since ? `since=${encodeURIComponent(since)}` : `tail=${TAIL}`;
		const event = ({ data }) => {
			log.take(data);
			drawing ||= setTimeout(draw, DRAW_MS);
		};
		try {
			await readEvents(pipelinePath(tenant, name, `/logs?${from}&follow=true`), { signal: own.signal, opened, event });
			if (mine === own) lost(null);
		} catch (problem) {
			if (mine === own) lost(problem);
		}
	}

	connect();
	return {
		again: connect,
		stop() {
			clearTimeout(waiting);
			clearTimeout(drawing);
			mine?.abort();
			mine = null;
		},
	};
}
