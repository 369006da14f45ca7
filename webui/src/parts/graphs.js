// Small drawings beside numbers; readers have the numbers.
import { html } from "../lib/html.js";

const top = (values) => Math.max(1e-9, ...values.filter((value) => value !== null)) * 1.08;

// Points of a line; where a value is unknown the line goes on from the last one that is known.
function points(values, width, height, most) {
	let last = 0;
	return values.map((value, i) => {
		last = value ?? last;
		const x = values.length > 1 ? (i * width) / (values.length - 1) : 0;
		return `${x.toFixed(1)} ${(height - 1.5 - (last / most) * (height - 4)).toFixed(1)}`;
	});
}

const area = (line, width, height) => `M0 ${height - 1}L${line.join("L")}L${width} ${height - 1}Z`;

const Frame = ({ width, height, children }) =>
	html`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">${children}</svg>`;

/**
 * What comes in as an area, what goes out as a line, on a scale of their own. kind: "" (as it is), "idle" (a dashed ground),
 * "stuck" (the line is marked), "none" (empty).
 */
export function Spark({ seen, written, kind = "", width = 76, height = 18 }) {
	if (kind === "none" || seen.length < 2) return html`<${Frame} width=${width} height=${height} />`;
	if (kind === "idle") {
		return html`<${Frame} width=${width} height=${height}>
			<path d="M0 ${height - 1.5}H${width}" stroke="var(--glyph-mute)" stroke-dasharray="2 3" />
		<//>`;
	}
	const most = top(seen);
	const out = written.map((value) => (value === null ? null : Math.min(value, most)));
	const stuck = kind === "stuck";
	return html`<${Frame} width=${width} height=${height}>
		<path d=${area(points(seen, width, height, most), width, height)} fill="var(--series-in)" />
		<path
			d=${`M${points(out, width, height, most).join("L")}`}
			fill="none"
			stroke=${stuck ? "var(--glyph-warn)" : "var(--series-in-line)"}
			stroke-width=${stuck ? 1.6 : 1.1}
		/>
	<//>`;
}

/** One series as an area with its line. */
export function Mini({ values, width = 300, height = 44 }) {
	if (values.length < 2) return html`<${Frame} width=${width} height=${height} />`;
	const line = points(values, width, height, top(values));
	return html`<${Frame} width=${width} height=${height}>
		<path d=${area(line, width, height)} fill="var(--series-in)" />
		<path d=${`M${line.join("L")}`} fill="none" stroke="var(--series-in-line)" stroke-width="1.1" />
	<//>`;
}

/** How much of something is used: 0 to 1. tone: "", "warn" or "bad". */
export function Gauge({ share, tone = "", height = 4 }) {
	const color = tone ? `var(--glyph-${tone})` : "var(--series-in-line)";
	const used = `${(Math.max(0, Math.min(1, share || 0)) * 100).toFixed(1)}%`;
	return html`<svg class="bar" width="100%" height=${height} aria-hidden="true">
		<rect width="100%" height=${height} rx=${height / 2} fill="var(--series-in)" />
		<rect width=${used} height=${height} rx=${height / 2} fill=${color} />
	</svg>`;
}
