// Above the table: the filter box, the states that are filtered for, how many there are, New pipeline.
import { useEffect, useRef, useState } from "preact/hooks";
import { count, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { setQuery } from "../../lib/route.js";
import { Find } from "../../parts/find.js";
import { Glyph, Icon } from "../../parts/glyph.js";
import { usePhase } from "../../state/live.js";
import { useRole } from "../../state/session.js";
import { toggleState } from "./counters.js";

// Browsers refuse an address that is changed too often.
const ADDRESS_MS = 250;

/**
 * What is typed, at once; the address follows. told: what the address has. → [text, set, flush]
 */
export function useTyped(told) {
	const [text, setText] = useState(told);
	const sent = useRef(told);
	const timer = useRef(0);
	const flush = (value) => {
		clearTimeout(timer.current);
		if (value === sent.current) return;
		sent.current = value;
		setQuery({ q: value });
	};

	useEffect(() => {
		// changed by a link, or Clear filters
		if (told === sent.current) return;
		clearTimeout(timer.current);
		sent.current = told;
		setText(told);
	}, [told]);
	useEffect(() => () => clearTimeout(timer.current), []);
	const type = (value) => {
		setText(value);
		clearTimeout(timer.current);
		timer.current = setTimeout(flush, ADDRESS_MS, value);
	};
	return [text, type, () => flush(text)];
}

const Chips = ({ states }) =>
	states.map(
		(id) =>
			html`<span class="chip" key=${id}>
				<${Glyph} name=${id} />${id}
				<button type="button" aria-label=${`Remove filter ${id}`} onClick=${() => toggleState(states, id)}><${Icon} name="close" size="12" /></button>
			</span>`,
	);

/** The page's one primary button. */
export function NewPipeline() {
	const role = useRole();
	const isLive = usePhase() === "live";
	if (role === "viewer") return null;
	return isLive
		? html`<a class="btn pri" href="#/new">New pipeline</a>`
		: html`<button type="button" class="btn" disabled>New pipeline</button>`;
}

/** all: null while nothing is known. */
export function Tools({ text, onType, onLeave, states, shown, all }) {
	const told = all === null ? "Loading" : shown === all ? count(all, "pipeline") : `${number(shown)} of ${number(all)}`;
	return html`<div class="tools" onFocusOut=${onLeave}>
		<${Find} id="q" label="Filter pipelines" placeholder="Filter: text, tenant:acme, sink:s3, lost:>0" value=${text} onInput=${onType} />
		<span class="row chips"><${Chips} states=${states} /></span>
		<span class="t3 sm cnt" role="status">${told}</span>
		<span class="grow"></span>
		<${NewPipeline} />
	</div>`;
}
