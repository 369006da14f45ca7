// What is loaded when it is needed: large libraries, and what only one tab uses.
import { useEffect, useState } from "preact/hooks";
import { html } from "../lib/html.js";

/**
 * load: () => import("…") of a file that imports nothing else of ours, always the same function. children: (module) → what is
 * shown once it is there.
 */
export function Needed({ load, children }) {
	const [state, setState] = useState({ module: null, failed: false });
	useEffect(() => {
		let shown = true;
		load().then(
			(module) => shown && setState({ module, failed: false }),
			() => shown && setState({ module: null, failed: true }),
		);
		return () => {
			shown = false;
		};
	}, [load]);
	if (state.module) return children(state.module);
	if (!state.failed) return html`<div class="pad" aria-busy="true"></div>`;
	// as when sluiced was upgraded: the page of before names files that are gone
	return html`<p class="pad t2" role="alert">This part of the page could not be loaded. Load the page again.</p>`;
}
