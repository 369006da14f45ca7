// All pipelines as the server tells them: from snapshots (in pages, the last one says so), figures and changes.
import { appendSample } from "./samples.js";
import { keyOf } from "./health.js";

const byPlace = (a, b) =>
	a.tenant < b.tenant ? -1 : a.tenant > b.tenant ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** A pipeline as it is told, with what was known of it before. */
function merge(before, told) {
	if (!before) return told;
	return { ...before, ...told, samples: appendSample(before.samples, told.samples) };
}

export function createFleet() {
	let byKey = new Map();
	let coming = null; // of a snapshot that is under way
	let subscriptions = [];
	let isWhole = false;
	let sorted = [];

	const settle = () => {
		sorted = [...byKey.values()].sort(byPlace);
	};

	function takeSubscriptions(told) {
		if (!told) return;
		const before = new Map(subscriptions.map((subscription) => [subscription.number, subscription]));
		subscriptions = told.map((subscription) => merge(before.get(subscription.number), subscription));
	}

	return {
		/** A connection begins: a snapshot that was cut is forgotten. */
		begin() {
			coming = null;
			isWhole = false;
		},
		snapshot({ pipelines, last, subscriptions: told }) {
			coming ??= new Map();
			for (const pipeline of pipelines) coming.set(keyOf(pipeline), pipeline);
			if (!last) return;
			byKey = coming;
			coming = null;
			subscriptions = told ?? [];
			isWhole = true;
			settle();
		},
		figures({ pipelines, subscriptions: told }) {
			byKey = new Map(byKey);
			for (const pipeline of pipelines) byKey.set(keyOf(pipeline), merge(byKey.get(keyOf(pipeline)), pipeline));
			takeSubscriptions(told);
			settle();
		},
		/** Another event; true: something here is another one now. */
		event(type, { tenant, pipeline, action }) {
			if (type !== "change" || action !== "pipeline.delete") return false;
			byKey = new Map(byKey);
			const removed = byKey.delete(keyOf({ tenant, name: pipeline }));
			settle();
			return removed;
		},
		whole: () => isWhole,
		view: () => ({ pipelines: sorted, byKey, subscriptions }),
	};
}
