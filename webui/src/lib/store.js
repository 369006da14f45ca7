// A value that many components look at.
import { useEffect, useRef, useState } from "preact/hooks";

/** A store of one value. set() takes a new one, or a function from the old one to it; equal values change nothing. */
export function createStore(initial) {
	let value = initial;
	const listeners = new Set();
	return {
		get: () => value,
		set(next) {
			const now = typeof next === "function" ? next(value) : next;
			if (Object.is(now, value)) return;
			value = now;
			for (const listener of [...listeners]) listener(now);
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

const whole = (value) => value;

/** What select makes of the store's value; the component is drawn again when that is another one (Object.is). */
export function useStore(store, select = whole) {
	const [, redraw] = useState(0);
	const selected = select(store.get());
	// as of the last drawing: select may be another function each time
	const drawn = useRef(null);
	drawn.current = { select, selected };
	useEffect(() => {
		const look = (value) => {
			if (!Object.is(drawn.current.select(value), drawn.current.selected)) redraw((n) => n + 1);
		};
		// what has been set between the drawing and now
		look(store.get());
		return store.subscribe(look);
	}, [store]);
	return selected;
}
