// A screen that is loaded when it is shown.
import { html } from "../lib/html.js";
import { useModule } from "../lib/module.js";
import { Glyph } from "./glyph.js";

const Failed = () =>
	html`<div class="note warn" role="alert">
		<${Glyph} name="warn" />
		<span class="grow">
			<b class="b">This part of the page cannot be loaded.</b> Sluice does not answer, or is of another version by now.
		</span>
		<button type="button" class="btn s" onClick=${() => location.reload()}>Load the page again</button>
	</div>`;

/** load: () => import("…"); name: of the component in that module → a component. */
export function lazyScreen(load, name) {
	return function Lazy(props) {
		const { loaded, failed } = useModule(load);
		if (failed) return html`<${Failed} />`;
		return loaded ? html`<${loaded[name]} ...${props} />` : html`<div aria-busy="true"></div>`;
	};
}
