// What is loaded when it is needed: screens, large libraries, and what only one tab uses.
import { html } from "../lib/html.js";
import { useModule } from "../lib/module.js";
import { Glyph } from "./glyph.js";

// as when sluiced was upgraded: the page of before names files that are gone
export const NotLoaded = () =>
	html`<div class="note warn" role="alert">
		<${Glyph} name="warn" />
		<span class="grow">
			<b class="b">This part of the page cannot be loaded.</b> Sluice does not answer, or is of another version by now.
		</span>
		<button type="button" class="btn s" onClick=${() => location.reload()}>Load the page again</button>
	</div>`;

/** load: () => import("…"), always the same function. children: (module) → what is shown once it is there. */
export function Needed({ load, children }) {
	const { loaded, failed } = useModule(load);
	if (loaded) return children(loaded);
	return failed ? html`<${NotLoaded} />` : html`<div class="pad" aria-busy="true"></div>`;
}

/** The component of that name in a module, as a component that is loaded when it is shown. */
export function lazy(load, name) {
	return (props) => html`<${Needed} load=${load}>${(module) => html`<${module[name]} ...${props} />`}<//>`;
}
