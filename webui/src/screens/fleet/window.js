// Which rows of a long table are on the screen: only they, and some around them, are in the document.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

// So many above and below, so that a key or a wheel finds them there.
const AROUND = 12;
// The window moves in such steps: not each scrolled row draws the table.
const STEP = 6;
const HEIGHT = 30;

function look(body, count) {
	const height = body.querySelector("tr[data-index]")?.getBoundingClientRect().height || HEIGHT;
	const above = -body.getBoundingClientRect().top;
	const first = Math.floor(above / height / STEP) * STEP - AROUND;
	const from = Math.max(0, Math.min(first, count - 1));
	const to = Math.min(count, Math.max(0, first) + Math.ceil(innerHeight / height) + 2 * AROUND + STEP);
	return { from, to: Math.max(to, from), height };
}

const isSame = (left, right) => left.from === right.from && left.to === right.to && left.height === right.height;

/** ref: of the tbody. → {from, to (exclusive), height of a row in px} of count rows */
export function useRowWindow(ref, count) {
	const [shown, setShown] = useState({ from: 0, to: Math.ceil(innerHeight / HEIGHT) + AROUND, height: HEIGHT });
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
