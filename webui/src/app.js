// From the address to a screen.
import { useEffect } from "preact/hooks";
import { useAway } from "./lib/away.js";
import { html } from "./lib/html.js";
import { useKeys } from "./lib/keys.js";
import { navigate, useRoute } from "./lib/route.js";
import { useStore } from "./lib/store.js";
import { ConnectionLine, Unreachable } from "./parts/connection.js";
import { Frame } from "./parts/frame.js";
import { loadAhead, screenOf } from "./screens/index.js";
import { Login } from "./screens/login.js";
import { isPaused, live, pauseLive, resumeLive, startLive, stopLive } from "./state/live.js";
import { loadSession, session } from "./state/session.js";

function Page() {
	const route = useRoute();
	const { me } = useStore(session);
	const { phase, nextTry } = useStore(live);
	const { title, key, Screen, props } = screenOf(route.path, me);
	const shown = route.path.join("/");

	useKeys({
		n: () => (me.role === "viewer" ? false : navigate("#/new")),
		u: () => (route.path.length > 1 ? navigate(`#/${route.path[0]}`) : false),
	});
	useEffect(() => scrollTo(0, 0), [shown]);
	useEffect(() => {
		if (phase === "live") loadAhead();
	}, [phase]);
	return html`<${Frame} title=${title}>
		<${ConnectionLine} />
		${phase === "unreachable" ? html`<${Unreachable} nextTry=${nextTry} />` : html`<${Screen} key=${key} ...${props} />`}
	<//>`;
}

export function App() {
	const { phase } = useStore(session);
	const away = useAway();

	useEffect(() => {
		loadSession();
	}, []);
	useEffect(() => {
		if (phase !== "in") return undefined;
		startLive();
		return stopLive;
	}, [phase]);
	useEffect(() => {
		if (phase === "in" && away) pauseLive();
		else if (phase === "in" && isPaused()) resumeLive();
	}, [phase, away]);
	if (phase === "in") return html`<${Page} />`;
	if (phase === "out") return html`<${Login} />`;
	if (phase === "unreachable") return html`<main><${Unreachable} onTry=${loadSession} /></main>`;
	return html`<main aria-busy="true"></main>`;
}
