// What is shown of the audit trail: pages as they are asked for, and what is written meanwhile.
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../lib/http.js";
import { auditPath, freshRows } from "../model/audit.js";
import { useAgain } from "../state/fetched.js";

const LIMIT = 100;
// An answer looks at a part of a long trail: so many are asked for before one is told how far it was searched.
const ASKS = 20;
const ENOUGH = 50;
const AT_TOP = 80;

async function load(filter, token, signal) {
	const rows = [];
	let next = token;
	for (let i = 0; i < ASKS; i++) {
		const { body } = await request("GET", auditPath(filter, { limit: LIMIT, token: next }), { signal });
		rows.push(...body.items);
		next = body.next_page_token;
		if (!next || rows.length >= ENOUGH) break;
	}
	return { rows, next };
}

/** A row was written. */
const isRow = ({ type }) => type === "change" || type === "refused";

const NONE = { rows: null, next: null, waiting: [], problem: null, busy: true };

/** → {rows: null until they are there, next: there are older ones, waiting: new ones that are not shown yet, problem, busy, more(), showNew()} */
export function useTrail(filter) {
	const key = JSON.stringify(filter);
	const [state, setState] = useState(NONE);
	const [turn, setTurn] = useState(0);
	const stop = useRef(null);
	const set = (values) => setState((known) => ({ ...known, ...values }));
	const failed = (problem) => problem.name !== "AbortError" && set({ problem, busy: false });
	// rows of the filter before this one would pass for its own
	const refused = (problem) => problem.name !== "AbortError" && setState({ ...NONE, problem, busy: false });

	useEffect(() => {
		const mine = new AbortController();
		stop.current = mine;
		set({ busy: true });
		load(filter, null, mine.signal).then(({ rows, next }) => setState({ ...NONE, rows, next, busy: false }), refused);
		return () => mine.abort();
	}, [key, turn]);

	async function more() {
		const { signal } = stop.current;
		set({ busy: true });
		await load(filter, state.next, signal).then(
			({ rows, next }) =>
				setState((known) => ({ ...known, rows: [...known.rows, ...rows], next, busy: false, problem: null })),
			failed,
		);
	}

	// Whether a row fits the filter is the server's to say: the first page is asked for again.
	async function look() {
		const { signal } = stop.current;
		const { body } = await request("GET", auditPath(filter, { limit: LIMIT }), { signal });
		setState((known) => take(known, body));
	}
	useAgain(() => (state.rows ? look().catch(failed) : setTurn((n) => n + 1)), isRow);
	const showNew = () => setState((known) => ({ ...known, rows: [...known.waiting, ...known.rows], waiting: [] }));
	return { ...state, more, showNew };
}

// While one looks further down nothing moves.
function take(known, { items, next_page_token: next }) {
	const { fresh, joined } = freshRows([...known.waiting, ...known.rows], items);
	if (fresh.length === 0) return known;
	if (!joined) return { ...NONE, rows: items, next, busy: false };
	const waiting = [...fresh, ...known.waiting];
	return scrollY < AT_TOP ? { ...known, rows: [...waiting, ...known.rows], waiting: [] } : { ...known, waiting };
}
