// What the server tells as it happens (GET /v1/events): all pipelines and subscriptions that the token may see. When the
// connection breaks, what was told stays, and live says since when it is old.
import { useEffect, useRef } from "preact/hooks";
import { createStore, useStore } from "../lib/store.js";
import { readEvents, waitMs } from "../lib/sse.js";
import { now, setServerTime } from "../lib/time.js";
import { createFleet } from "../model/fleet.js";
import { say } from "../lib/say.js";
import { useRole } from "./session.js";

const PATH = "/v1/events?figures=true";
// a `figures` comes every 5 s
const SILENT_MS = 16_000;
const EVENTS_KEPT = 500;

// phase: loading (nothing was told yet), live, reconnecting, unreachable (nothing was ever told). lostAt, nextTry: milliseconds
export const live = createStore({ phase: "loading", lostAt: null, nextTry: null, problem: null });
/** {pipelines: [Status…] by tenant and name, byKey: Map, subscriptions: […], whole: the first snapshot is complete} */
export const fleet = createStore(createFleet().view());
/** The last events that are no figures, newest first: {id, type, data}. */
export const happened = createStore([]);

let model = createFleet();
let stop = null;
let lastId = null;
let tries = 0;
let timer = null;
let drawing = false;

// One drawing for all that comes within a frame.
function draw() {
	if (drawing) return;
	drawing = true;
	queueMicrotask(() => {
		drawing = false;
		fleet.set(model.view());
	});
}

function take({ id, type, data }) {
	if (id) lastId = id;
	let body;
	try {
		body = JSON.parse(data);
	} catch {
		return;
	}
	if (type === "snapshot" || type === "figures") {
		if (body.at) setServerTime(body.at);
		if (type === "snapshot") model.snapshot(body);
		else model.figures(body);
		// before it counts as live, so that no page is shown that is live and empty
		draw();
		if (model.whole()) heard();
		return;
	}
	happened.set((events) => [{ id, type, data: body }, ...events].slice(0, EVENTS_KEPT));
	if (model.event(type, body)) draw();
}

// The stream is whole: from here on what is shown is how it is.
function heard() {
	tries = 0;
	if (live.get().phase === "live") return;
	if (live.get().phase === "reconnecting") say("Connected again");
	live.set({ phase: "live", lostAt: null, nextTry: null, problem: null });
}

function lost(problem) {
	const { phase, lostAt } = live.get();
	const wait = waitMs(tries++);
	const had = phase === "live" || phase === "reconnecting";
	live.set({ phase: had ? "reconnecting" : "unreachable", lostAt: lostAt ?? now(), nextTry: now() + wait, problem });
	timer = setTimeout(connect, wait);
}

async function connect() {
	clearTimeout(timer);
	const mine = new AbortController();
	stop?.abort();
	stop = mine;
	model.begin();
	try {
		await readEvents(PATH, { lastId, signal: mine.signal, event: take, silentMs: SILENT_MS });
		if (stop === mine) lost(null);
	} catch (problem) {
		// a session that has ended is no lost connection
		if (stop === mine && problem.status !== 401) lost(problem);
	}
}

export function startLive() {
	model = createFleet();
	fleet.set(model.view());
	happened.set([]);
	lastId = null;
	tries = 0;
	live.set({ phase: "loading", lostAt: null, nextTry: null, problem: null });
	connect();
}

export function stopLive() {
	clearTimeout(timer);
	stop?.abort();
	stop = null;
}

/**
 * Nobody looks: the stream is given back. A browser has some six connections to a server, for all its tabs together. What is shown
 * is old from here on, until resumeLive() has caught up.
 */
export function pauseLive() {
	stopLive();
	const { phase, lostAt } = live.get();
	live.set({ phase: phase === "live" ? "reconnecting" : phase, lostAt: lostAt ?? now(), nextTry: null, problem: null });
}

export const isPaused = () => stop === null;

export function resumeLive() {
	connect();
}

export const tryNow = () => connect();

const phaseOf = ({ phase }) => phase;
export const usePhase = () => useStore(live, phaseOf);

/** run() once the connection is there again after it was lost. */
export function useReconnected(run) {
	const phase = usePhase();
	const before = useRef(phase);
	useEffect(() => {
		if (before.current === "reconnecting" && phase === "live") run();
		before.current = phase;
	}, [phase]);
}

/** May this page change something now? Not as a viewer, and not while what it shows is old. */
export function useMayWrite() {
	const role = useRole();
	return usePhase() === "live" && role !== "viewer";
}
