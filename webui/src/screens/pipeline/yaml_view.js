// A revision's configuration as YAML, or its difference to another one.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { pipelinePath, request } from "../../lib/http.js";
import { Diff } from "../../parts/diff.js";
import { Needed } from "../../parts/needed.js";
import { ProblemLine } from "../../parts/problem.js";
import { Yaml } from "../../parts/yaml.js";
import { atEnd } from "../../state/session.js";

const load = () => import("../../model/yaml_text.js");
// the last ones that were looked at, by path and the time of their writing: a revision never changes
const kept = new Map();
const MOST_KEPT = 20;
atEnd(() => kept.clear());

function keep(key, config) {
	kept.set(key, config);
	if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}

/** row: of a revision, or null. → {config: undefined: not here yet, problem} */
function useConfig(pipeline, row) {
	const path = row && pipelinePath(pipeline.tenant, pipeline.name, `/revisions/${row.revision}`);
	const key = row && `${path} ${row.at}`;
	const [answer, setAnswer] = useState({ key: null, problem: null });
	useEffect(() => {
		if (!key || kept.has(key)) return undefined;
		const stop = new AbortController();
		request("GET", path, { signal: stop.signal }).then(
			({ body }) => {
				keep(key, body.config);
				if (!stop.signal.aborted) setAnswer({ key, problem: null });
			},
			(problem) => stop.signal.aborted || setAnswer({ key, problem }),
		);
		return () => stop.abort();
	}, [key]);
	return { config: kept.get(key), problem: answer.key === key ? answer.problem : null };
}

/** row: the revision that is shown. against: the one it is compared with; null: its YAML. */
export function YamlView({ pipeline, row, against }) {
	const own = useConfig(pipeline, row);
	const other = useConfig(pipeline, against);
	const problem = own.problem ?? other.problem;
	if (problem) return html`<${ProblemLine} problem=${problem} lead="The configuration is not shown." />`;
	if (own.config === undefined || (against && other.config === undefined))
		return html`<div class="pad" aria-busy="true"></div>`;
	return html`<${Needed} load=${load}>
		${({ yamlOf }) =>
			against
				? html`<${Diff}
						before=${yamlOf(other.config)}
						after=${yamlOf(own.config)}
						label=${`Revision ${row.revision} against ${against.revision}`}
					/>`
				: html`<pre class="pad" tabindex="0" role="region" aria-label=${`Configuration of revision ${row.revision}`}>
<${Yaml} text=${yamlOf(own.config).trimEnd()} /></pre
					>`}
	<//>`;
}
