// Throughput: what was seen, written and lost in the last 15 minutes, and what happened then.
import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useModule } from "../../lib/module.js";
import { now } from "../../lib/time.js";
import { marksOf } from "../../model/happenings.js";
import { columnsOf, SPAN_S } from "../../model/throughput.js";
import { Rate } from "../../parts/figures.js";

const SIGNS = {
	seen: html`<rect width="12" height="8" rx="1.5" fill="var(--series-in)" /><path d="M0 .6H12" stroke="var(--series-in-line)" stroke-width="1.2" />`,
	written: html`<path d="M0 4H12" stroke="var(--series-out)" stroke-width="1.8" />`,
	lost: html`<rect x="4" width="4" height="8" fill="var(--series-lost)" />`,
};

const Entry = ({ name, value }) =>
	html`<span>
		<svg width="12" height="8" aria-hidden="true">${SIGNS[name]}</svg>${name}/s${" "}
		<b class="r ${name === "lost" && value > 0 ? "bad" : ""}"><${Rate} value=${value} /></b>
	</span>`;

/** Rates of the last minute, or of where the pointer is. */
function Legend({ columns, point, rates = {} }) {
	const at = point === null ? undefined : columns[0][point];
	const value = (name, i) => (at === undefined ? rates[name] : (columns[i][point] ?? 0));
	return html`<div class="end legend">
		${at !== undefined && html`<span class="t3">${clock(at * 1000)}</span>`}
		${["seen", "written", "lost"].map((name, i) => html`<${Entry} name=${name} value=${value(name, i + 1)} />`)}
	</div>`;
}

/** When the newest sample was taken: when it was first told. Seconds since 1970. */
function useNewest(count) {
	const newest = useRef({});
	if (newest.current.count !== count) newest.current = { count, at: now() / 1000 };
	return newest.current.at;
}

const loadPlot = () => import("./plot.js");

/** A graph in an element. given: what createPlot() takes → true: it cannot be loaded */
function usePlot(element, given, onPoint) {
	const { loaded, failed } = useModule(loadPlot);
	const plot = useRef(null);
	useEffect(() => {
		if (!loaded) return undefined;
		plot.current = loaded.createPlot(element.current, given, onPoint);
		return () => {
			plot.current.end();
			plot.current = null;
		};
	}, [loaded]);
	useEffect(() => plot.current?.update(given), [given.span[1], given.marks.length]);
	return failed;
}

export function Throughput({ pipeline, events }) {
	const [point, setPoint] = useState(null);
	const element = useRef(null);
	const { samples } = pipeline;
	const newest = useNewest(samples?.count ?? samples?.seen?.length);
	const columns = columnsOf(samples, newest);
	const given = { columns, span: [newest - SPAN_S, newest], marks: marksOf(events) };
	const failed = usePlot(element, given, setPoint);
	return html`<section class="card">
		<div class="hd"><h2>Throughput</h2><${Legend} columns=${columns} point=${point} rates=${pipeline.rates} /></div>
		<div class="chart">
			<div ref=${element} role="img" aria-label="Flows seen, written and lost a second in the last 15 minutes"></div>
			${failed && "The graph cannot be loaded: load the page again."}
		</div>
	</section>`;
}
