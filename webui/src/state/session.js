// Who is logged in. The token becomes an HttpOnly cookie of the server's; here it is not kept.
import { configureHttp, request } from "../lib/http.js";
import { createStore, useStore } from "../lib/store.js";

// phase: unknown (not asked yet), in, out, unreachable. me: GET /v1/session. ended: why one has to log in again
export const session = createStore({ phase: "unknown", me: null, ended: null });

configureHttp({
	csrf: () => session.get().me?.csrf_token ?? null,
	ended: () => session.set({ phase: "out", me: null, ended: "The session has ended. Log in again." }),
});

export async function loadSession() {
	try {
		const { body } = await request("GET", "/v1/session", { open: true });
		session.set({ phase: "in", me: body, ended: null });
	} catch (problem) {
		const phase = problem.status === 401 ? "out" : "unreachable";
		session.set({ phase, me: null, ended: null });
	}
}

/** Throws a Problem: 401, 429 with retryAfter. */
export async function login(token) {
	await request("POST", "/v1/session", { body: { token }, open: true });
	await loadSession();
}

export async function logout() {
	await request("DELETE", "/v1/session").catch(() => {});
	session.set({ phase: "out", me: null, ended: null });
}

const roleOf = ({ me }) => me?.role ?? "viewer";
export const useRole = () => useStore(session, roleOf);
/** The tenant that the token is bound to; null: all of them (an admin). */
export const useOwnTenant = () => useStore(session, ({ me }) => me?.tenant ?? null);
export const isAdmin = () => roleOf(session.get()) === "admin";
