// Commands to take along.
import { useEffect, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { say } from "../lib/say.js";
import { Icon } from "./glyph.js";

// The clipboard API is there in secure contexts alone (https, localhost).
async function copyText(text) {
	if (navigator.clipboard) return navigator.clipboard.writeText(text);
	const area = document.createElement("textarea");
	area.value = text;
	document.body.append(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	if (!done) throw new Error("not copied");
}

/** label is what the button says, about what a reader hears of it beside that. */
export function CopyButton({ text, label = "Copy", about, quiet = true }) {
	const [told, setTold] = useState("");
	useEffect(() => {
		if (!told) return undefined;
		const timer = setTimeout(() => setTold(""), 1400);
		return () => clearTimeout(timer);
	}, [told]);
	const copy = () =>
		copyText(text).then(
			() => (setTold("Copied"), say("Copied")),
			() => setTold("Not copied"),
		);
	return html`<button type="button" class="btn s ${quiet ? "quiet" : ""}" aria-label=${about ? `${label} ${about}` : null} onClick=${copy}>
		<${Icon} name="copy" />${told || label}
	</button>`;
}

export const CurlButton = ({ command }) => html`<${CopyButton} text=${command} label="Copy as curl" />`;
