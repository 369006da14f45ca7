// The table of pipelines: its head sorts and stays in sight, of its body what is on the screen is there.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { navigate, setQuery } from "../../lib/route.js";
import { sortOf } from "../../model/filter.js";
import { keyOf } from "../../model/health.js";
import { pipelineHref, Row } from "./row.js";
import { usePlaces, useRowWindow } from "./window.js";

// [class, head, width, what it sorts by, is it a figure?]
const COLUMNS = [
	["st", "State", 110, "state"],
	["tn", "Tenant", 124, "tenant"],
	["nm", "Name", 124, "name"],
	["des", "Desired", 70, "desired"],
	["hid", "Host ID", 100, "host"],
	["sink", "Transform → sink", null, "sink"],
	["fl", "Flows/s", 154, "flows", true],
	["out", "Records/s", 80, "out", true],
	["lost", "Lost", 74, "lost", true],
	["lag", "Lag", 68, "lag", true],
	["sp", "Spool", 76, "spool", true],
	["rs", "Restarts", 70, "restarts", true],
	["up", "Uptime", 86, "uptime", true],
];
const HEADER = 32;

function Head({ id, text, field, isFigure, sort }) {
	const isOn = sort?.field === field;
	// figures: the largest first; a third click leaves it to the names again
	const orders = isFigure ? [`-${field}`, field, ""] : [field, `-${field}`, ""];
	const now = isOn ? (sort.down ? `-${field}` : field) : "";
	const next = orders[(orders.indexOf(now) + 1) % orders.length];
	const sorted = isOn ? (sort.down ? "descending" : "ascending") : null;
	return html`<th scope="col" class="c-${id} ${isFigure ? "r" : ""}" aria-sort=${sorted}>
		<button type="button" onClick=${() => setQuery({ sort: next })}>${text}${isOn && (sort.down ? " ↓" : " ↑")}</button>
	</th>`;
}

const TableHead = ({ sort }) => html`<colgroup>
		${COLUMNS.map(([id, , width]) => html`<col class="c-${id}" width=${width} />`)}
	</colgroup>
	<thead>
		<tr>
			${COLUMNS.map(
				([id, text, , field, isFigure]) =>
					html`<${Head} key=${id} id=${id} text=${text} field=${field} isFigure=${isFigure} sort=${sort} />`,
			)}
		</tr>
	</thead>`;

// In place of the rows that are not on the screen.
const Gap = ({ height }) =>
	height > 0 &&
	html`<tr class="gap" aria-hidden="true">
		<td><svg width="1" height=${height}></svg></td>
	</tr>`;

const BARS = [70, 90, 110, 50, 70, 160, 110, 40, 30, 30, 40, 20, 50];

const Skeleton = () =>
	Array.from(
		{ length: 14 },
		(_, i) =>
			html`<tr class="wait" aria-hidden="true">
				${COLUMNS.map(
					([id], j) =>
						html`<td class="c-${id}">
							<svg width=${Math.max(12, BARS[j] - ((i * 7 + j * 5) % 24))} height="8"><rect width="100%" height="8" rx="3" fill="var(--line)" /></svg>
						</td>`,
				)}
			</tr>`,
	);

// Below the head, no row of the table: columns that are not shown would be made by one that spans them.
const Nothing = () =>
	html`<div class="none">
		<span class="t2">No pipeline matches.</span>${" "}
		<button type="button" class="btn s" onClick=${() => setQuery({ q: "", state: "" })}>Clear filters</button>
	</div>`;

// Keeps the selected row between what sticks at the top and the lower edge.
function bringInSight(body, index, height) {
	const head = body.parentElement.querySelector("th");
	const covered = (Number.parseFloat(getComputedStyle(head).top) || 0) + HEADER;
	const y = body.getBoundingClientRect().top + index * height;
	if (y < covered) scrollBy(0, y - covered);
	else if (y + height > innerHeight - 8) scrollBy(0, y + height - innerHeight + 8);
}

// j, k, Enter. The selection is a pipeline's, wherever it stands. now: what the keys work on, also before it is drawn.
function useSelection(body, pipelines, height) {
	const [selected, setSelected] = useState(null);
	const now = useRef({});
	now.current = { ...now.current, pipelines, height };
	const placeOf = () => now.current.pipelines.findIndex((pipeline) => keyOf(pipeline) === now.current.selected);
	const move = (by) => {
		const last = now.current.pipelines.length - 1;
		if (last < 0) return false;
		const place = placeOf();
		const to = place < 0 ? 0 : Math.max(0, Math.min(last, place + by));
		now.current.selected = keyOf(now.current.pipelines[to]);
		setSelected(now.current.selected);
		bringInSight(body.current, to, now.current.height);
		return true;
	};
	const open = ({ target }) => {
		const pipeline = now.current.pipelines[placeOf()];
		return pipeline && !target.closest("a, button, summary") ? navigate(pipelineHref(pipeline)) : false;
	};
	useKeys({ j: () => move(1), k: () => move(-1), Enter: open });
	return selected;
}

function openRow(event, pipelines) {
	const row = event.target.closest("tr[data-index]");
	if (!row || event.target.closest("a, button") || String(getSelection())) return;
	const pipeline = pipelines[Number(row.dataset.index)];
	if (pipeline) navigate(pipelineHref(pipeline));
}

function Rows({ body, pipelines }) {
	const { from, to, height } = useRowWindow(body, pipelines.length);
	const selected = useSelection(body, pipelines, height);
	const inSight = pipelines.slice(from, to);
	const places = usePlaces(inSight.map(keyOf), body.current);
	const shown = inSight.slice(0, places.length);
	return html`<${Gap} key="above" height=${from * height} />
		${shown.map(
			(pipeline, i) =>
				html`<${Row}
					key=${places[i]}
					place=${places[i]}
					pipeline=${pipeline}
					index=${from + i}
					isSelected=${keyOf(pipeline) === selected}
				/>`,
		)}
		<${Gap} key="below" height=${(pipelines.length - from - shown.length) * height} />`;
}

/** pipelines: null while nothing is known; sort: as in the address. */
export function Table({ pipelines, sort }) {
	const body = useRef(null);
	const list = useRef(pipelines);
	useEffect(() => {
		list.current = pipelines;
	});
	return html`<div class="card fleet">
		<table aria-label="Pipelines" aria-rowcount=${pipelines ? pipelines.length + 1 : null} aria-busy=${pipelines ? null : "true"}>
			<${TableHead} sort=${sortOf(sort)} />
			<tbody ref=${body} onClick=${(event) => list.current && openRow(event, list.current)}>
				${pipelines ? html`<${Rows} body=${body} pipelines=${pipelines} />` : html`<${Skeleton} />`}
			</tbody>
		</table>
		${pipelines?.length === 0 && html`<${Nothing} />`}
	</div>`;
}
