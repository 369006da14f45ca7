// A pipeline's first tab: where its flows are, how many, what became of them, and what has happened.
import { html } from "../../lib/html.js";
import { usePipelineEvents } from "../../state/pipeline_events.js";
import { Account } from "./account.js";
import { Conditions } from "./conditions.js";
import { LatestEvents } from "./events.js";
import { Path } from "./path.js";
import { Throughput } from "./throughput.js";

export function Overview({ pipeline, growth }) {
	const events = usePipelineEvents(pipeline);
	return html`<${Path} pipeline=${pipeline} />
		<div class="cols">
			<${Throughput} pipeline=${pipeline} events=${events.list} />
			<${Account} pipeline=${pipeline} growth=${growth} />
		</div>
		<div class="cols">
			<${Conditions} pipeline=${pipeline} />
			<${LatestEvents} pipeline=${pipeline} events=${events} />
		</div>`;
}
