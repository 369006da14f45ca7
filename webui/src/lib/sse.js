// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) by fetch: unlike EventSource it tells
// why a stream was refused, and lets us say when the next try is.
import { openStream } from "./http.js";

const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** How long to wait before a stream is asked for again, after so many tries that failed. */
export const waitMs = (failed) => WAITS_MS[Math.min(failed, WAITS_MS.length - 1)];

/** Takes the text of a stream in pieces and calls event({id, type, data}) for each whole event. */
export function createParser(event) {
	let rest = "";
	let type = "";
	let data = [];
	let id = null;

	function line(text) {
		if (text === "") {
			if (data.length > 0) event({ id, type: type || "message", data: data.join("\n") });
			type = "";
			data = [];
			return;
		}
		const colon = text.indexOf(":");
		if (colon === 0) return;
		const field = colon < 0 ? text : text.slice(0, colon);
		const value = colon < 0 ? "" : text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1);
		if (field === "data") data.push(value);
		else if (field === "event") type = value;
		else if (field === "id") id = value;
	}

	return (piece) => {
		const lines = (rest + piece).split(/\r\n|\n|\r/);
		rest = lines.pop();
		for (const text of lines) line(text);
	};
}

/**
 * Reads a stream of events until it ends. lastId: go on behind that event. opened() and event() as it goes; silentMs: without
 * a byte for so long it counts as broken. Resolves when the server has ended it; throws a Problem, or what fetch throws.
 */
export async function readEvents(path, { lastId, signal, opened = () => {}, event, silentMs = Infinity }) {
	const stop = new AbortController();
	const abort = () => stop.abort();
	let timer;
	const heard = () => {
		clearTimeout(timer);
		if (silentMs !== Infinity) timer = setTimeout(abort, silentMs);
	};
	signal?.addEventListener("abort", abort);
	try {
		heard();
		const headers = lastId ? { "Last-Event-ID": lastId } : {};
		const stream = await openStream(path, { headers, signal: stop.signal });
		const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
		const parse = createParser(event);
		opened();
		for (;;) {
			heard();
			const { value, done } = await reader.read();
			if (done) return;
			parse(value);
		}
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
		stop.abort();
	}
}
