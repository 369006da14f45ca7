// Who changed what.
import { useEffect, useState } from "preact/hooks";
import { count, stamp } from "../lib/format.js";
import { html } from "../lib/html.js";
import { hrefTo, setQuery, useRoute } from "../lib/route.js";
import { actorOf, attemptOf, auditPath, changeOf, parseFilter, rowKey, targetOf } from "../model/audit.js";
import { curlOf } from "../model/curl.js";
import { CurlButton } from "../parts/copy.js";
import { Find } from "../parts/find.js";
import { ProblemLine } from "../parts/problem.js";
import { useTrail } from "./audit_trail.js";

const TYPING_MS = 300;

/** The text once nobody has typed for a while. */
function useSettled(text) {
	const [settled, setSettled] = useState(text);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(text), TYPING_MS);
		return () => clearTimeout(timer);
	}, [text]);
	return settled;
}

// who has no token, or had too many tries, may be somebody who guesses
const toneOf = (status) => (status === 401 || status === 429 ? "bad" : "warn");

function Row({ row }) {
	const { text, path } = targetOf(row);
	const { action, status } = attemptOf(row);
	return html`<tr>
		<td class="nw t2">${stamp(row.at)}</td>
		<td class="any" title=${row.token_id ? `token ${row.token_id}, ${row.role}` : row.role}>
			<bdi class="clip ${row.role === "system" ? "t2" : "b"}">${actorOf(row)}</bdi>
		</td>
		<td class="m t2 nw">${row.address}</td>
		<td class="nw">${action}</td>
		<td class="any">${path ? html`<a href=${hrefTo(path)}>${text}</a>` : text}</td>
		<td class="t2 any"><bdi class="clip" title=${changeOf(row)}>${changeOf(row)}</bdi></td>
		<td class="nw ${status ? toneOf(status) : "t2"}">${status ?? "ok"}</td>
		<td class="m t3 nw">${row.request_id}</td>
	</tr>`;
}

const HEAD = ["Time", "Who", "From", "Action", "What", "Change", "Result", "Request"];

function Table({ rows, busy }) {
	return html`<div class="card scroll data">
		<table class="tb hov" aria-label="Audit trail" aria-busy=${String(busy)}>
			<thead>
				<tr>
					${HEAD.map((text) => html`<th scope="col">${text}</th>`)}
				</tr>
			</thead>
			<tbody>
				${rows?.map((row) => html`<${Row} key=${rowKey(row)} row=${row} />`)}
				${rows?.length === 0 && html`<tr><td colspan=${HEAD.length} class="t2">Nothing matches.</td></tr>`}
			</tbody>
		</table>
	</div>`;
}

const commandOf = (filter) => curlOf("GET", auditPath(filter).replace(/%3A/g, ":"));

export function Audit() {
	const text = useRoute().query.get("q") ?? "";
	const filter = parseFilter(useSettled(text));
	const { rows, next, waiting, problem, busy, more, showNew } = useTrail(filter);
	return html`<div class="title">
			<h1>Audit</h1>
			<span class="t3">each change and refused attempt, written together with it</span>
		</div>
		<div class="tools flat">
			<${Find}
				id="aq"
				label="Filter audit"
				placeholder="Filter: text, or action: who: tenant: pipeline: since:1h"
				value=${text}
				onInput=${(q) => setQuery({ q })}
			/>
			<span class="t3 sm" role="status">${rows && `${count(rows.length, "entry", "entries")}${next ? ", more below" : ""}`}</span>
			${waiting.length > 0 && html`<button type="button" class="btn s" onClick=${showNew}>${waiting.length} new</button>`}
			<span class="grow"></span>
			<${CurlButton} command=${commandOf(filter)} />
		</div>
		<${ProblemLine} problem=${problem} />
		<${Table} rows=${rows} busy=${busy} />
		${next && html`<p class="ctr"><button type="button" class="btn" disabled=${busy} onClick=${more}>Show more</button></p>`}`;
}
