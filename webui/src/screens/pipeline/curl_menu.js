// Each action of the page as a command.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { commandsOf } from "../../model/curl.js";
import { CopyButton } from "../../parts/copy.js";
import { Icon } from "../../parts/glyph.js";

/** Closes what is open by Escape, or a press elsewhere. */
function useClosing(ref, open, close) {
	useEffect(() => {
		if (!open) return undefined;
		const pressed = (event) => {
			if (!ref.current.contains(event.target)) close();
		};
		const keydown = (event) => {
			if (event.key !== "Escape") return;
			close();
			ref.current.querySelector("button").focus();
		};
		addEventListener("pointerdown", pressed);
		addEventListener("keydown", keydown);
		return () => {
			removeEventListener("pointerdown", pressed);
			removeEventListener("keydown", keydown);
		};
	}, [open]);
}

export function CurlMenu({ pipeline, mayWrite }) {
	const [open, setOpen] = useState(false);
	const ref = useRef(null);
	useClosing(ref, open, () => setOpen(false));
	return html`<div class="rel" ref=${ref}>
		<button type="button" class="btn" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>curl <${Icon} name="down" /></button>
		${
			open &&
			html`<div class="pop" role="group" aria-label="Commands">
			<p>Each action of this page as a command. The token comes from $SLUICE_TOKEN.</p>
			${commandsOf(pipeline, { mayWrite }).map(
				({ label, method, short, command }) =>
					html`<div class="c">
						<span>${label}</span>
						<code class="el t2">${method} ${short}</code>
						<${CopyButton} text=${command} about=${label} />
					</div>`,
			)}
		</div>`
		}
	</div>`;
}
