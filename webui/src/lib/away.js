// Whether nobody has looked at the page for a while: it is in a tab behind others, or the window is hidden.
import { createStore, useStore } from "./store.js";

/** A look at another tab in between is no absence. */
export const AWAY_MS = 30_000;

const away = createStore(false);
let timer = null;

function look() {
	clearTimeout(timer);
	if (document.visibilityState === "hidden") timer = setTimeout(() => away.set(true), AWAY_MS);
	else away.set(false);
}
document.addEventListener("visibilitychange", look);

export const useAway = () => useStore(away);
