// The box that filters a page; '/' goes there, Escape leaves it.
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { Icon } from "./glyph.js";

export function Find({ id, label, placeholder, value, onInput, mono = false, grow = false }) {
	const ref = useRef(null);
	useKeys({ "/": () => ref.current.focus() });
	const keydown = (event) => {
		if (event.key !== "Escape") return;
		// it leaves the field; the browser would also clear it
		event.preventDefault();
		ref.current.blur();
	};
	return html`<div class="find ${grow ? "rel grow" : ""}">
		<${Icon} name="search" />
		<label class="sr" for=${id}>${label}</label>
		<input
			ref=${ref}
			id=${id}
			class="in pl ${mono ? "m" : ""}"
			type="search"
			autocomplete="off"
			spellcheck=${false}
			placeholder=${placeholder}
			value=${value}
			onInput=${(event) => onInput(event.target.value)}
			onKeyDown=${keydown}
		/>
		<kbd>/</kbd>
	</div>`;
}
