// A button that asks in its own place before it does something.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../lib/html.js";

/**
 * label: of the button. question: what is asked then, beside it. choices: [[text, act, class], …]; keep: the way out, which has
 * the focus. act() may return a promise; until it has settled everything is off.
 */
export function Ask({ label, about, question, choices, keep = "Cancel", disabled, small, quiet, risk }) {
	const [asking, setAsking] = useState(false);
	const [busy, setBusy] = useState(false);
	const out = useRef(null);
	const button = useRef(null);
	const wasAsking = useRef(false);
	// before anything is pressed
	useLayoutEffect(() => {
		if (asking) out.current?.focus();
		else if (wasAsking.current) button.current?.focus();
		wasAsking.current = asking;
	}, [asking]);
	async function choose(act) {
		setBusy(true);
		await act();
		setBusy(false);
		setAsking(false);
	}
	const size = small ? "s" : "";
	if (!asking) {
		return html`<button
			type="button"
			ref=${button}
			class="btn ${size} ${quiet ? "quiet" : ""} ${risk ? "risk" : ""}"
			aria-label=${about ? `${label} ${about}` : null}
			disabled=${disabled}
			onClick=${() => setAsking(true)}
		>
			${label}
		</button>`;
	}
	const escape = (event) => event.key === "Escape" && (event.preventDefault(), setAsking(false));
	return html`<span class="confirm end-r" role="group" aria-label=${about ? `${label} ${about}` : label} onKeyDown=${escape}>
		${question && html`<span>${question}</span>`}
		${choices.map(
			([text, act, kind = "riskpri"]) =>
				html`<button type="button" class="btn ${size} ${kind}" disabled=${busy || disabled} onClick=${() => choose(act)}>${text}</button>`,
		)}
		<button type="button" ref=${out} class="btn ${size}" disabled=${busy} onClick=${() => setAsking(false)}>${keep}</button>
	</span>`;
}
