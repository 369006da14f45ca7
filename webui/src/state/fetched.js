// What a screen asks for once, and again when something has happened that concerns it.
import { useEffect, useRef, useState } from "preact/hooks";
import { happened, useReconnected } from "./live.js";

const SETTLE_MS = 300;

/** take(events, oldest first) is called with what happens while the component is shown. */
function useHappened(take) {
	const latest = useRef(take);
	latest.current = take;
	useEffect(() => {
		let last = happened.get()[0];
		return happened.subscribe((events) => {
			const known = events.indexOf(last);
			const fresh = known < 0 ? events : events.slice(0, known);
			last = events[0];
			if (fresh.length > 0) latest.current([...fresh].reverse());
		});
	}, []);
}

/** again() soon after an event that concerns({type, data}) holds for; many at once are one. Also after a lost connection. */
export function useAgain(again, concerns) {
	const timer = useRef(null);
	const latest = useRef(again);
	latest.current = again;
	useHappened((events) => {
		if (!events.some(concerns)) return;
		timer.current ??= setTimeout(() => {
			timer.current = null;
			latest.current();
		}, SETTLE_MS);
	});
	useReconnected(() => latest.current());
	useEffect(() => () => clearTimeout(timer.current), []);
}

// That the server does not answer is said at the top of the page already.
const isSaid = (problem, data) => data !== null && problem.status === 0;

/**
 * load(signal) → a promise of what is shown. It is loaded again also when somebody comes back to the page, since not all changes
 * are events. → {data: null until it is there, problem: why not, reload()}; a reload that fails leaves data as it was.
 */
export function useFetched(load, concerns) {
	const [state, setState] = useState({ data: null, problem: null });
	const [turn, setTurn] = useState(0);
	const reload = () => setTurn((n) => n + 1);
	useEffect(() => {
		const stop = new AbortController();
		load(stop.signal).then(
			(data) => setState({ data, problem: null }),
			(problem) =>
				problem.name !== "AbortError" &&
				setState(({ data }) => ({ data, problem: isSaid(problem, data) ? null : problem })),
		);
		return () => stop.abort();
	}, [turn]);
	useAgain(reload, concerns);
	useEffect(() => {
		const seen = () => !document.hidden && reload();
		document.addEventListener("visibilitychange", seen);
		return () => document.removeEventListener("visibilitychange", seen);
	}, []);
	return { ...state, reload };
}

/** A row of the audit trail was told, of actions that begin so ("tenant."). */
export const isChange =
	(...prefixes) =>
	({ type, data }) =>
		type === "change" && prefixes.some((prefix) => data.action?.startsWith(prefix));
