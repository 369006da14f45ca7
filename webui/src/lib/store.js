// A value that many components look at.
import { useEffect, useState } from "preact/hooks";

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
	useEffect(() => {
		let last = selected;
		const look = (value) => {
			const now = select(value);
			if (Object.is(now, last)) return;
			last = now;
			redraw((n) => n + 1);
		};
		look(store.get());
		return store.subscribe(look);
	}, [store, selected]);
	return selected;
}
