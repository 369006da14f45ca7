// In place of the table while there is no pipeline at all.
import { html } from "../../lib/html.js";
import { CopyButton } from "../../parts/copy.js";
import { useOwnTenant, useRole } from "../../state/session.js";
import { NewPipeline } from "./tools.js";

const commandFor = (tenant) => `curl -X PUT -H "Authorization: Bearer $SLUICE_TOKEN" \\
  -H 'Content-Type: application/yaml' --data-binary @secadvisor.yml \\
  ${location.origin}/v1/tenants/${tenant ?? "TENANT"}/pipelines/NAME`;

export function Empty() {
	const role = useRole();
	const command = commandFor(useOwnTenant());
	if (role === "viewer") {
		return html`<div class="card empty">
			<h2>No pipelines yet</h2>
			<p>This token is a viewer's: it shows pipelines as soon as an operator has created one.</p>
		</div>`;
	}
	return html`<div class="card empty">
		<h2>No pipelines yet</h2>
		<p>Create one here, or send the configuration file you already have.</p>
		<div class="code"><pre>${command}</pre><${CopyButton} text=${command} quiet=${false} /></div>
		<p class="pad-t"><${NewPipeline} /></p>
	</div>`;
}
