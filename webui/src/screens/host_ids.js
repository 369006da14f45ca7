// All host_ids in columns, like a directory; the box finds, and says whether one is free.
import { count, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { requestAll } from "../lib/http.js";
import { hrefTo, setQuery, useRoute } from "../lib/route.js";
import { useStore } from "../lib/store.js";
import { glyphOf, healthOf, keyOf, wordOf } from "../model/health.js";
import { findHostIds, lookUp } from "../model/host_ids.js";
import { Find } from "../parts/find.js";
import { Glyph } from "../parts/glyph.js";
import { ProblemLine } from "../parts/problem.js";
import { isChange, useFetched } from "../state/fetched.js";
import { fleet, usePhase } from "../state/live.js";

function Entry({ item, pipeline }) {
	const isOther = pipeline && healthOf(pipeline) !== "running";
	const rest = item.current === false ? ", of an earlier revision" : "";
	return html`<li>
		<a class="hid" href=${hrefTo(["pipelines", item.tenant, item.name])} title=${item.host_id + rest}>
			${isOther ? html`<${Glyph} name=${glyphOf(pipeline)} label=${wordOf(pipeline)} />` : html`<span></span>`}
			<span class="m el"><bdi>${item.host_id}</bdi></span>
			<span class="el t2">${item.tenant} <span class="t3">/</span> ${item.name}</span>
		</a>
	</li>`;
}

function Answer({ found, byKey, contained }) {
	if (!found) return null;
	const { id, holder, free, tooLong } = found;
	const named = html`<bdi class="m any">${id}</bdi>`;
	if (tooLong) return html`<span class="warn">A host_id has at most 128 characters.</span>`;
	if (!holder)
		return html`<span class="ok">${named} is free.</span> <span class="t3">${number(contained)} contain it</span>`;
	const pipeline = byKey.get(keyOf(holder));
	return html`<span class="row">
		${pipeline && html`<${Glyph} name=${glyphOf(pipeline)} label=${wordOf(pipeline)} />`}
		<span>${named} is held by ${keyOf(holder)}. Free: <span class="m any">${free}</span></span>
	</span>`;
}

function summary(items, pipelines) {
	const holders = new Set(items.map(keyOf));
	const none = pipelines.filter((pipeline) => !holders.has(keyOf(pipeline))).length;
	const without = none > 0 ? `; ${count(none, "pipeline has", "pipelines have")} none` : "";
	return `${number(items.length)} in use, each by one pipeline${without}. Stopped pipelines keep theirs.`;
}

function List({ items, shown, byKey }) {
	if (shown.length === 0) {
		return html`<p class="card pad t2">${items.length === 0 ? "No pipeline has a host_id." : "No host ID contains this."}</p>`;
	}
	return html`<ul class="card hostgrid data">
		${shown.map((item) => html`<${Entry} key=${item.host_id} item=${item} pipeline=${byKey.get(keyOf(item))} />`)}
	</ul>`;
}

export function HostIds() {
	const text = useRoute().query.get("q") ?? "";
	const isKnown = usePhase() !== "loading";
	const { pipelines, byKey } = useStore(fleet);
	const { data, problem } = useFetched(
		(signal) => requestAll("/v1/host-ids?limit=1000", { signal }),
		isChange("pipeline.create", "pipeline.change", "pipeline.delete", "pipeline.rollback", "tenant.delete"),
	);
	const items = data ?? [];
	const shown = findHostIds(items, text);
	return html`<div class="title">
			<h1>Host IDs</h1>
			<span class="t3">${data && isKnown && summary(items, pipelines)}</span>
		</div>
		<div class="tools flat">
			<${Find} id="hq" label="Find or check a host ID" placeholder="Find or check a host ID" mono value=${text} onInput=${(q) => setQuery({ q })} />
			<span role="status" class="sm any">${data && html`<${Answer} found=${lookUp(items, text)} byKey=${byKey} contained=${shown.length} />`}</span>
		</div>
		<${ProblemLine} problem=${problem} lead="The host IDs cannot be shown." />
		${data && html`<${List} items=${items} shown=${shown} byKey=${byKey} />`}`;
}
