// A native dialog: Escape closes it, focus stays in it and returns to where it was.
import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";

/** onClose: Escape has closed it. */
export function Dialog({ title, onClose, children, footer }) {
	const ref = useRef(null);
	const latest = useRef(onClose);
	latest.current = onClose;
	// before anything is pressed
	useLayoutEffect(() => {
		const dialog = ref.current;
		const closed = () => latest.current();
		dialog.addEventListener("close", closed);
		dialog.showModal();
		return () => {
			// the event comes later: by then there may be another dialog, which it is not about
			dialog.removeEventListener("close", closed);
			dialog.close();
		};
	}, []);
	return html`<dialog ref=${ref} aria-labelledby="dialog-title">
		<div class="hd"><h2 id="dialog-title">${title}</h2></div>
		<div class="pad stack">${children}</div>
		<div class="ft">${footer}</div>
	</dialog>`;
}
