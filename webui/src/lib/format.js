// Figures as text. Groups of three digits and units stand behind a narrow space that does not break.
export const SPACE = "\u202f";
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** 1234567 → "1 234 567"; unknown → "–" */
export function number(value) {
	if (value === null || value === undefined || Number.isNaN(value)) return "–";
	return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, SPACE);
}

/** A rate: below 10 with one decimal, so that a slow stream is not 0. */
export function rate(value) {
	if (value > 0 && value < 9.95) return value < 0.05 ? "<0.1" : value.toFixed(1).replace(/\.0$/, "");
	return number(value);
}

/** 4194304 → ["4", "MiB"] */
export function bytesParts(value) {
	let size = value;
	let unit = 0;
	while (size >= 1024 && unit < UNITS.length - 1) {
		size /= 1024;
		unit++;
	}
	return [size < 10 && unit > 2 ? size.toFixed(1) : number(size), UNITS[unit]];
}

export function bytes(value) {
	return value === null || value === undefined ? "–" : bytesParts(value).join(SPACE);
}

/** 94 → "1m 34s", 14 → "14 s" */
export function duration(seconds) {
	if (seconds === null || seconds === undefined) return "–";
	const s = Math.max(0, Math.round(seconds));
	const [d, h, m] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)];
	const two = (part) => String(part).padStart(2, "0");
	if (d > 0) return `${d}d ${h}h`;
	if (h > 0) return `${h}h ${two(m)}m`;
	return m > 0 ? `${m}m ${two(s % 60)}s` : `${s} s`;
}

/** 94 → "1 min": the age of something, in one unit. */
export function age(seconds) {
	if (seconds === null || seconds === undefined) return "–";
	const s = Math.max(0, Math.round(seconds));
	if (s < 60) return `${s} s`;
	if (s < 3600) return `${Math.floor(s / 60)} min`;
	return s < 86400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
}

const two = (value) => String(value).padStart(2, "0");

/** "09:20:24", by the browser's time zone. */
export function clock(time) {
	const at = new Date(time);
	return Number.isNaN(at.getTime()) ? "–" : `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** "2026-11-26 09:20:24" */
export function stamp(time) {
	const at = new Date(time);
	if (Number.isNaN(at.getTime())) return "–";
	return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(time)}`;
}

/** "1 pipeline", "3 pipelines" */
export function count(value, one, many = `${one}s`) {
	return `${number(value)} ${value === 1 ? one : many}`;
}
