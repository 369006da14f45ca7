// Keys without a modifier, while nothing is being typed. None acts on a pipeline.
import { useEffect } from "preact/hooks";

const isTyping = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName ?? "") || target?.isContentEditable;

/** keys: {"/": handler, …}, of the component while it is shown. A handler that returns false has not used the key. */
export function useKeys(keys) {
	useEffect(() => {
		const pressed = (event) => {
			if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
			if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
			const handler = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
			if (handler && handler(event) !== false) event.preventDefault();
		};
		addEventListener("keydown", pressed);
		return () => removeEventListener("keydown", pressed);
	});
}
