// Commands to take along.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { say } from "../lib/say.js";
import { Icon } from "./glyph.js";

// The clipboard API is there in secure contexts alone (https, localhost). Elsewhere what is selected is copied: beside the
// button, since nothing outside of an open dialog can be selected.
async function copyText(text, button) {
	if (navigator.clipboard) return navigator.clipboard.writeText(text);
	const area = document.createElement("textarea");
	area.value = text;
	button.after(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	button.focus();
	if (!done) throw new Error("not copied");
}

/** label is what the button says, about what a reader hears of it beside that. */
export function CopyButton({ text, label = "Copy", about, quiet = true }) {
	const button = useRef(null);
	const [told, setTold] = useState("");
	useEffect(() => {
		if (!told) return undefined;
		const timer = setTimeout(() => setTold(""), 1400);
		return () => clearTimeout(timer);
	}, [told]);
	const copy = () =>
		copyText(text, button.current).then(
			() => (setTold("Copied"), say("Copied")),
			() => (setTold("Not copied"), say("Not copied")),
		);
	return html`<button ref=${button} type="button" class="btn s ${quiet ? "quiet" : ""}" aria-label=${about ? `${label} ${about}` : null} onClick=${copy}>
		<${Icon} name="copy" />${told || label}
	</button>`;
}

export const CurlButton = ({ command }) => html`<${CopyButton} text=${command} label="Copy as curl" />`;
