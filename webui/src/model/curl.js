// What this page does, as commands for a shell. The token comes from the variable SLUICE_TOKEN.
import { pipelinePath } from "../lib/http.js";

const AUTHORIZATION = '-H "Authorization: Bearer $SLUICE_TOKEN"';
const JSON_TYPE = "-H 'Content-Type: application/json'";

/** A text as one word of a shell. */
export const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** method and path of the API (with its query), options of curl besides. */
export function curlOf(method, path, { options = "", origin = globalThis.location?.origin } = {}) {
	const verb = method === "GET" ? "" : ` -X ${method}`;
	return `curl -sS${verb} ${AUTHORIZATION} ${quote(origin + path)}${options ? ` ${options}` : ""}`;
}

/** What has happened to a pipeline, and what does: the path of its stream. */
export const eventsPath = ({ tenant, name }) =>
	`/v1/events?tenant=${encodeURIComponent(tenant)}&pipeline=${encodeURIComponent(name)}&replay=true`;

// label, method, the path behind the pipeline's, curl's options; those that change something are no GET
const ACTIONS = ({ revision }) => [
	["Status", "GET", "/status"],
	["Start", "POST", "/start?wait=10s"],
	["Stop", "POST", "/stop?wait=15s", `${JSON_TYPE} -d '{"drain_timeout":"10s"}'`],
	["Restart", "POST", "/restart?wait=15s"],
	["Logs", "GET", "/logs?tail=200&follow=true", "-N"],
	["Tap", "GET", "/tap?limit=100&duration=60s", "-N"],
	["Config", "GET", "", "-H 'Accept: application/yaml'"],
	["Rollback", "POST", "/rollback", `${JSON_TYPE} -d '{"revision":${Math.max(1, (revision ?? 2) - 1)}}'`],
	["Delete", "DELETE", ""],
];

/** → [{label, method, short: the path in short, command}]; a viewer's only read. */
export function commandsOf(pipeline, { mayWrite, origin } = {}) {
	return ACTIONS(pipeline)
		.filter(([, method]) => mayWrite || method === "GET")
		.map(([label, method, rest, options]) => ({
			label,
			method,
			short: `…/${pipeline.name}${rest}`,
			command: curlOf(method, pipelinePath(pipeline.tenant, pipeline.name, rest), { options, origin }),
		}))
		.concat({
			label: "Events",
			method: "GET",
			short: "/v1/events?…&replay=true",
			command: curlOf("GET", eventsPath(pipeline), { options: "-N", origin }),
		});
}
