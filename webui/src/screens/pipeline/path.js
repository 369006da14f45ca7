// The way of the flows: the first mark that is not green is where they are held up.
import { html } from "../../lib/html.js";
import { useStore } from "../../lib/store.js";
import { pathOf } from "../../model/path.js";
import { Glyph } from "../../parts/glyph.js";
import { Gauge } from "../../parts/graphs.js";
import { fleet } from "../../state/live.js";

const SAID = {
	ok: "as it should be",
	degraded: "not as it should be",
	failed: "flows are being lost",
	stopped: "not known",
};

const Hop = ({ label, mark, figure, unit, tone = "", lines, gauge }) =>
	html`<div class="hop">
		<div class="l"><${Glyph} name=${mark} label=${SAID[mark]} />${label}</div>
		<div class="f el"><span class=${tone}>${figure}</span> <span class="u">${unit}</span></div>
		${gauge && html`<${Gauge} ...${gauge} />`}${lines.map((line) => html`<div class="d el">${line}</div>`)}
	</div>`;

export function Path({ pipeline }) {
	const subscriptions = useStore(fleet, (now) => now.subscriptions);
	return html`<section class="card path" aria-label="Path of the flows">
		${pathOf(pipeline, subscriptions).map((hop) => html`<${Hop} ...${hop} />`)}
	</section>`;
}
