// All pipelines: do all flow logs arrive, and if not, why and since when.
import { useMemo, useRef } from "preact/hooks";
import { html } from "../../lib/html.js";
import { useRoute } from "../../lib/route.js";
import { useStore } from "../../lib/store.js";
import { countStates, createOrder, filterPipelines, statesOf } from "../../model/filter.js";
import { fleet, usePhase } from "../../state/live.js";
import { Attention } from "./attention.js";
import { Banner } from "./banner.js";
import { Counters } from "./counters.js";
import { Empty } from "./empty.js";
import { Table } from "./table.js";
import { Tools, useTyped } from "./tools.js";

function Pipelines({ pipelines, isLoading, subscriptions }) {
	const { query } = useRoute();
	const order = useRef(null);
	const [text, type, leave] = useTyped(query.get("q") ?? "");
	const told = query.get("state") ?? "";
	const sort = query.get("sort") ?? "";
	const states = useMemo(() => statesOf(told), [told]);
	const counts = useMemo(() => countStates(pipelines), [pipelines]);
	order.current ??= createOrder();
	const shown = useMemo(
		() => (isLoading ? null : filterPipelines(order.current(pipelines, sort), { q: text, states, subscriptions })),
		[pipelines, isLoading, sort, text, states, subscriptions],
	);
	const isFiltered = states.length > 0 || text.trim() !== "";

	return html`<${Counters} counts=${isLoading ? null : counts} states=${states} />
		${!isLoading && html`<${Attention} pipelines=${pipelines} isFiltered=${isFiltered} />`}
		<${Tools}
			text=${text}
			onType=${type}
			onLeave=${leave}
			states=${states}
			shown=${shown?.length}
			all=${isLoading ? null : pipelines.length}
		/>
		<${Table} pipelines=${shown} sort=${sort} />`;
}

export function Fleet() {
	const { pipelines, subscriptions } = useStore(fleet);
	const isLoading = usePhase() === "loading";
	return html`<h1 class="sr">Pipelines</h1>
		<${Banner} />
		${
			!isLoading && pipelines.length === 0
				? html`<${Empty} />`
				: html`<${Pipelines} pipelines=${pipelines} isLoading=${isLoading} subscriptions=${subscriptions} />`
		}`;
}
