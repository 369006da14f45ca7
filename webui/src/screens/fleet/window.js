// Which rows of a long table are on the screen: only they, and some around them, are in the document.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

// So many above and below, so that a key or a wheel finds them there.
const AROUND = 8;
// The window moves in such steps: not each scrolled row draws the table.
const STEP = 6;
const HEIGHT = 30;

function look(body, count) {
	const height = body.querySelector("tr[data-index]")?.getBoundingClientRect().height || HEIGHT;
	const above = -body.getBoundingClientRect().top / height;
	const from = Math.floor((above - AROUND) / STEP) * STEP;
	const to = Math.ceil((above + innerHeight / height + AROUND) / STEP) * STEP;
	const within = (place) => Math.max(0, Math.min(count, place));
	return { from: within(from), to: within(to), height };
}

const isSame = (left, right) => left.from === right.from && left.to === right.to && left.height === right.height;

/** ref: of the tbody. → {from, to (exclusive), height of a row in px} of count rows */
export function useRowWindow(ref, count) {
	const [shown, setShown] = useState({ from: 0, to: AROUND, height: HEIGHT });
	const update = () => {
		if (!ref.current) return;
		const next = look(ref.current, count);
		setShown((before) => (isSame(before, next) ? before : next));
	};

	useLayoutEffect(update);
	useEffect(() => {
		let frame = 0;
		const scrolled = () => {
			cancelAnimationFrame(frame);
			frame = requestAnimationFrame(update);
		};
		addEventListener("scroll", scrolled, { passive: true });
		addEventListener("resize", scrolled);
		return () => {
			cancelAnimationFrame(frame);
			removeEventListener("scroll", scrolled);
			removeEventListener("resize", scrolled);
		};
	}, [count]);
	return { ...shown, to: Math.min(shown.to, count) };
}

// So many rows are made anew in one go, the others in the next frames: typing is never held up for long.
const FRESH = 8;

/**
 * Which place of the document each shown row has: one that stays keeps its own, one that comes takes that of one that has
 * left, which is cheaper than to make it anew. The place that has the focus is given to nobody else.
 * @param keys of the rows shown → the places of the first of them, each a number; the others come soon
 */
export function usePlaces(keys, body) {
	const [, redraw] = useState(0);
	const places = useRef(new Map());
	const before = places.current;
	const now = new Map();
	for (const key of keys) if (before.has(key)) now.set(key, before.get(key));
	const taken = new Set(now.values());
	const focused = body?.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.place : null;
	const free = [...before.values()].filter((place) => !taken.has(place) && String(place) !== focused);
	const first = Math.max(-1, ...before.values()) + 1;
	let fresh = 0;
	const shown = [];
	for (const key of keys) {
		if (!now.has(key) && free.length === 0 && fresh === FRESH) break;
		if (!now.has(key)) now.set(key, free.length > 0 ? free.pop() : first + fresh++);
		shown.push(now.get(key));
	}
	places.current = new Map(keys.slice(0, shown.length).map((key, i) => [key, shown[i]]));
	const isCut = shown.length < keys.length;
	useEffect(() => {
		if (!isCut) return undefined;
		const frame = requestAnimationFrame(() => redraw((n) => n + 1));
		return () => cancelAnimationFrame(frame);
	});
	return shown;
}
