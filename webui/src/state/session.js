// Who is logged in. The token becomes an HttpOnly cookie of the server's; here it is not kept.
import { configureHttp, request } from "../lib/http.js";
import { createStore, useStore } from "../lib/store.js";

// phase: unknown (not asked yet), in, out, unreachable. me: GET /v1/session. ended: why one has to log in again
export const session = createStore({ phase: "unknown", me: null, ended: null });

// Whether there may be a session is all that is kept here: without one the server need not be asked.
const KEY = "sluice.session";

function remember(isIn) {
	try {
		if (isIn) localStorage.setItem(KEY, "1");
		else localStorage.removeItem(KEY);
	} catch {
		// a browser that keeps nothing: one logs in again with each load
	}
}

function mayBeIn() {
	try {
		return localStorage.getItem(KEY) !== null;
	} catch {
		return false;
	}
}

/** forget() when the session is over: what is kept beside a page is not for whoever logs in next. */
export const atEnd = (forget) => session.subscribe(({ phase }) => phase === "out" && forget());

function leave(ended) {
	remember(false);
	session.set({ phase: "out", me: null, ended });
}

const ENDED =
	"The session has ended: too old, too long unused, its token revoked or expired, or Sluice restarted. Log in again.";

configureHttp({
	csrf: () => session.get().me?.csrf_token ?? null,
	ended: () => leave(ENDED),
});

export async function loadSession() {
	if (!mayBeIn()) {
		leave(null);
		return;
	}
	try {
		const { body } = await request("GET", "/v1/session", { open: true });
		session.set({ phase: "in", me: body, ended: null });
	} catch (problem) {
		if (problem.status === 401) leave(ENDED);
		else session.set({ phase: "unreachable", me: null, ended: null });
	}
}

/** Throws a Problem: 401, 429 with retryAfter. */
export async function login(token) {
	const { body } = await request("POST", "/v1/session", { body: { token }, open: true });
	remember(true);
	session.set({ phase: "in", me: body, ended: null });
}

export async function logout() {
	await request("DELETE", "/v1/session").catch(() => {});
	leave(null);
}

const roleOf = ({ me }) => me?.role ?? "viewer";
export const useRole = () => useStore(session, roleOf);
/** The tenant that the token is bound to; null: all of them (an admin). */
export const useOwnTenant = () => useStore(session, ({ me }) => me?.tenant ?? null);
export const isAdmin = () => roleOf(session.get()) === "admin";
