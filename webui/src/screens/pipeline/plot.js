// The graph of a pipeline's throughput, by the library uPlot: loaded when it is needed.
import uPlot from "uplot";
import { clock, number } from "../../lib/format.js";

const HEIGHT = 312;
const NARROW = 460;
const TOKENS = [
	"series-in",
	"series-in-line",
	"series-out",
	"series-lost",
	"line",
	"text-3",
	"glyph-warn",
	"glyph-bad",
	"glyph-mute",
];
// the lines of the grid are seen through what is filled
const FILL = "color-mix(in srgb, var(--series-in) 75%, transparent)";
// of the figures beside the graph: the least room, and that of a digit
const AXIS = 44;
const DIGIT = 6.5;

/** The tokens' colours in the present theme, as a canvas takes them. */
function colorsOf(element) {
	const probe = document.createElement("span");
	element.append(probe);
	const colors = {};
	const read = (value) => {
		probe.style.color = value;
		return getComputedStyle(probe).color;
	};
	for (const token of TOKENS) colors[token] = read(`var(--${token})`);
	colors.fill = read(FILL);
	probe.remove();
	return colors;
}

const hour = (at) => clock(at * 1000).slice(0, 5);

// The first and the last of the times shown, and between them so many as there is room for.
function timeSplits(plot, _axis, from, to) {
	const parts = plot.width < NARROW ? 3 : 5;
	return Array.from({ length: parts + 1 }, (_, i) => from + ((to - from) * i) / parts);
}

const timeTexts = (_plot, splits) => splits.map((at, i) => (i === splits.length - 1 ? "now" : hour(at)));

const figuresWidth = (_plot, texts) =>
	Math.max(AXIS, 8 + DIGIT * Math.max(0, ...(texts ?? []).map(({ length }) => length)));

/** Dashed lines with what happened there; a text that would stand on the one before is left out. */
function drawMarks(plot, marks, colors, font) {
	const { ctx } = plot;
	const ratio = devicePixelRatio;
	const { left, top, width, height } = plot.bbox;
	let free = left;
	ctx.save();
	ctx.font = font;
	ctx.setLineDash([2 * ratio, 3 * ratio]);
	for (const { at, label, tone } of marks) {
		const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
		if (x < left || x > left + width) continue;
		ctx.strokeStyle = colors[`glyph-${tone}`];
		ctx.lineWidth = ratio;
		ctx.beginPath();
		ctx.moveTo(x, top);
		ctx.lineTo(x, top + height);
		ctx.stroke();
		// behind the line; before it where the graph ends
		const [gap, wide] = [5 * ratio, ctx.measureText(label).width];
		const from = x + gap + wide > left + width ? x - gap - wide : x + gap;
		if (from < free) continue;
		ctx.fillStyle = colors["text-3"];
		ctx.textAlign = "left";
		ctx.textBaseline = "top";
		ctx.fillText(label, from, top);
		free = from + wide + gap;
	}
	ctx.restore();
}

function optionsOf(element, given, colors, onPoint) {
	const family = getComputedStyle(element).fontFamily;
	const axis = { font: `11px ${family}`, stroke: colors["text-3"], ticks: { show: false } };
	const line = (stroke, width, more) => ({ stroke: colors[stroke], width, points: { show: false }, ...more });
	return {
		width: element.clientWidth,
		height: HEIGHT,
		padding: [8, 16, 0, 0],
		legend: { show: false },
		cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
		scales: {
			x: { time: false, range: () => given.span },
			y: { range: (_plot, _least, most) => [0, Math.max(10, (most ?? 0) * 1.22)] },
		},
		axes: [
			{ ...axis, size: 24, gap: 6, grid: { show: false }, splits: timeSplits, values: timeTexts },
			{
				...axis,
				size: figuresWidth,
				gap: 8,
				space: 48,
				grid: { stroke: colors.line, width: 1 },
				values: (_plot, splits) => splits.map(number),
			},
		],
		series: [
			{},
			line("series-in-line", 1.2, { fill: colors.fill }),
			line("series-out", 1.6),
			line("series-lost", 0, { fill: colors["series-lost"], paths: uPlot.paths.bars({ size: [0.5, 8] }) }),
		],
		hooks: {
			draw: [(plot) => drawMarks(plot, given.marks, colors, `${11 * devicePixelRatio}px ${family}`)],
			setCursor: [(plot) => onPoint(plot.cursor.left < 0 ? null : (plot.cursor.idx ?? null))],
		},
	};
}

/**
 * given: {columns, span: [from, to], marks: [{at, label, tone}]}, times in seconds. onPoint(index of the columns, or null):
 * where the pointer is. → {update(given), end()}
 */
export function createPlot(element, given, onPoint) {
	const shown = { ...given };
	let plot = null;
	const draw = () => {
		plot?.destroy();
		plot = new uPlot(optionsOf(element, shown, colorsOf(element), onPoint), shown.columns, element);
	};
	const resized = new ResizeObserver(() => {
		if (element.clientWidth > 0 && element.clientWidth !== plot.width)
			plot.setSize({ width: element.clientWidth, height: HEIGHT });
	});
	const themed = new MutationObserver(draw);
	const system = matchMedia("(prefers-color-scheme: dark)");

	draw();
	resized.observe(element);
	themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
	system.addEventListener("change", draw);
	return {
		update(next) {
			Object.assign(shown, next);
			plot.setData(shown.columns);
		},
		end() {
			resized.disconnect();
			themed.disconnect();
			system.removeEventListener("change", draw);
			plot.destroy();
		},
	};
}
