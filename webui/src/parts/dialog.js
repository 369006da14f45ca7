// A native dialog: Escape closes it, focus stays in it and returns to where it was.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";

/** onClose: it is closed (or Escape was pressed). closable: false where only its buttons and Escape may close it. */
export function Dialog({ title, onClose, children, footer }) {
	const ref = useRef(null);
	useEffect(() => {
		const dialog = ref.current;
		dialog.showModal();
		return () => dialog.open && dialog.close();
	}, []);
	return html`<dialog ref=${ref} aria-labelledby="dialog-title" onClose=${onClose}>
		<div class="hd"><h2 id="dialog-title">${title}</h2></div>
		<div class="pad stack">${children}</div>
		<div class="ft">${footer}</div>
	</dialog>`;
}
