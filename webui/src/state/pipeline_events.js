// What has happened to one pipeline, and what does while somebody looks: a stream of its own that begins with what is kept.
import { useEffect, useState } from "preact/hooks";
import { readEvents } from "../lib/sse.js";
import { createStore, useStore } from "../lib/store.js";
import { eventsPath } from "../model/curl.js";
import { mergeEvents } from "../model/happenings.js";
import { keyOf } from "../model/health.js";
import { useAway } from "../lib/away.js";
import { useReconnected } from "./live.js";
import { atEnd } from "./session.js";

const KEPT = 500;
const AGAIN_MS = 3_000;

// of the pipeline that was looked at last: problem is why nothing is told; lastId: where the stream goes on
const nothing = (key) => ({ key, list: [], lastId: null, whole: false, problem: null });
const shown = createStore(nothing(""));
atEnd(() => shown.set(nothing("")));

function take(key, fresh) {
	shown.set((now) => {
		if (now.key !== key) return now;
		const list = mergeEvents(now.list, fresh, KEPT);
		return { ...now, list, lastId: fresh.at(-1)?.id ?? now.lastId, whole: true, problem: null };
	});
}

function follow(pipeline, key) {
	const stop = new AbortController();
	let waiting = [];
	let timer;
	let again;
	// what comes at once is shown at once
	const flush = () => {
		take(key, waiting);
		waiting = [];
		timer = null;
	};
	const event = ({ id, type, data }) => {
		if (!id || type === "snapshot") return;
		waiting.push({ id, type, data: JSON.parse(data) });
		timer ??= setTimeout(flush, 30);
	};
	const opened = () => {
		timer ??= setTimeout(flush, 300);
	};
	async function read() {
		let problem = null;
		try {
			const { lastId } = shown.get();
			await readEvents(eventsPath(pipeline), { lastId, signal: stop.signal, opened, event });
		} catch (caught) {
			problem = caught;
		}
		if (stop.signal.aborted) return;
		if (problem?.status >= 400) shown.set((now) => ({ ...now, problem }));
		again = setTimeout(read, AGAIN_MS);
	}
	if (shown.get().key !== key) shown.set(nothing(key));
	read();
	return () => {
		stop.abort();
		clearTimeout(timer);
		clearTimeout(again);
	};
}

/** {list: the events, newest first, whole: all that was kept is there, problem} of a pipeline; kept while another tab is shown. */
export function usePipelineEvents(pipeline) {
	const key = keyOf(pipeline);
	const [turn, setTurn] = useState(0);
	const away = useAway();
	useEffect(() => (away ? undefined : follow(pipeline, key)), [key, turn, away]);
	// a stream that died without a word is noticed by the figures of the other one only
	useReconnected(() => setTurn((n) => n + 1));
	const now = useStore(shown);
	return now.key === key ? now : nothing(key);
}

/** The same without a stream: what is known of it already. */
export function useKnownEvents(pipeline) {
	const now = useStore(shown);
	return now.key === keyOf(pipeline) ? now.list : [];
}
