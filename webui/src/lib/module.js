// What is loaded when it is needed.
import { useEffect, useState } from "preact/hooks";

/** load: () => import("…"), always the same function. → {loaded: the module or null, failed: it cannot be had} */
export function useModule(load) {
	const [state, setState] = useState({ loaded: null, failed: false });
	useEffect(() => {
		let shown = true;
		load().then(
			(loaded) => shown && setState({ loaded, failed: false }),
			() => shown && setState({ loaded: null, failed: true }),
		);
		return () => {
			shown = false;
		};
	}, [load]);
	return state;
}
