// How much a pipeline's workers log; changed at once, while they run.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { pipelinePath, request } from "../../lib/http.js";
import { say } from "../../lib/say.js";
import { ProblemLine } from "../../parts/problem.js";
import { useMayWrite } from "../../state/live.js";
import { useRole } from "../../state/session.js";

const LEVELS = ["debug", "info", "warn", "error"];
const COMMON = "common level";

export function LogLevel({ pipeline }) {
	const path = pipelinePath(pipeline.tenant, pipeline.name, "/log-level");
	const [level, setLevel] = useState(undefined);
	const [problem, setProblem] = useState(null);
	const role = useRole();
	const mayWrite = useMayWrite();
	const ask = (call) =>
		call.then(
			({ body }) => {
				setLevel(body.level);
				setProblem(null);
				return body.level;
			},
			(refused) => {
				if (refused.name !== "AbortError") setProblem(refused);
			},
		);

	useEffect(() => {
		const stop = new AbortController();
		ask(request("GET", path, { signal: stop.signal }));
		return () => stop.abort();
	}, [path]);
	async function change(event) {
		const wanted = event.target.value || null;
		const now = await ask(request("PUT", path, { body: { level: wanted } }));
		if (now !== undefined) say(`Log level: ${now ?? COMMON}`);
	}
	if (problem) return html`<${ProblemLine} problem=${problem} lead="Log level:" onClose=${() => setProblem(null)} />`;
	if (level === undefined) return null;
	if (role === "viewer") return html`<span class="t3 sm nw">level ${level ?? COMMON}</span>`;
	return html`<label class="row t3 sm">level<select
		class="in fit"
		title="How much its workers log, at once and until sluiced ends. The common level is --log-level."
		value=${level ?? ""}
		disabled=${!mayWrite}
		onChange=${change}
	>
		<option value="">${COMMON}</option>
		${LEVELS.map((name) => html`<option value=${name}>${name}</option>`)}
	</select></label>`;
}
