// Tokens: of a tenant, or the admins'. A new one is shown once.
import { useState } from "preact/hooks";
import { age, stamp } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request, requestAll, tenantPath } from "../../lib/http.js";
import { say } from "../../lib/say.js";
import { useStore } from "../../lib/store.js";
import { now, useNow } from "../../lib/time.js";
import { ProblemLine } from "../../parts/problem.js";
import { Age } from "../../parts/times.js";
import { isChange, useFetched } from "../../state/fetched.js";
import { useMayWrite } from "../../state/live.js";
import { session } from "../../state/session.js";
import { Ask } from "./ask.js";
import { TokenDialog } from "./token_dialog.js";

const DAY_S = 86_400;

const listPath = (tenant) => (tenant ? tenantPath(tenant, "/tokens") : "/v1/tokens");

function Expiry({ time }) {
	const at = useNow();
	if (!time) return html`<span class="t3">never</span>`;
	const left = (Date.parse(time) - at) / 1000;
	// to the nearest day: one of 90 days that was made just now ends in 90
	const whole = left > DAY_S ? Math.round(left / DAY_S) * DAY_S : left;
	const text = left <= 0 ? "expired" : `in ${age(whole)}`;
	return html`<span class=${left <= 0 ? "warn" : "t2"} title=${stamp(time)}>${text}</span>`;
}

const Ago = ({ time, never }) => (time ? html`<${Age} time=${time} /> ago` : html`<span class="t3">${never}</span>`);

// Of what one may not notice before it is done.
function warningOf({ isOwn, isLast }) {
	const last = isLast && "It is the last admin token: another is made on the machine alone, by sluiced token create. ";
	return (last || isOwn) && html`${last}${isOwn && "You are logged out with it."}`;
}

function Revoke({ token, isOwn, isLast, onRevoke }) {
	const mayWrite = useMayWrite();
	if (token.revoked) return html`<span class="t3">revoked</span>`;
	return html`<${Ask}
		small
		quiet
		label="Revoke"
		about=${token.description || token.id}
		question=${warningOf({ isOwn, isLast })}
		choices=${[["Revoke", () => onRevoke(token)]]}
		keep="Keep"
		disabled=${!mayWrite}
	/>`;
}

function Row({ token, isOwn, isLast, onRevoke }) {
	return html`<tr>
		<td class="any">
			${token.description ? html`<bdi class="clip" title=${token.description}>${token.description}</bdi>` : html`<span class="t3">without a name</span>`}
			<div class="t3"><span class="m">${token.id}</span>${isOwn && " (yours)"}</div>
		</td>
		<td>${token.role}</td>
		<td class="r t2 nw"><${Ago} time=${token.created_at} never="–" /></td>
		<td class="r nw"><${Expiry} time=${token.expires_at} /></td>
		<td class="r t2 nw"><${Ago} time=${token.last_used_at} never="never" /></td>
		<td class="r"><${Revoke} token=${token} isOwn=${isOwn} isLast=${isLast} onRevoke=${onRevoke} /></td>
	</tr>`;
}

// One that was revoked here stays in its row until the page is left.
function useRevoke(path) {
	const [revoked, setRevoked] = useState([]);
	const [problem, setProblem] = useState(null);
	async function revoke(token) {
		setProblem(null);
		try {
			await request("DELETE", `${path}/${encodeURIComponent(token.id)}`);
			setRevoked((known) => [...known, { ...token, revoked: true }]);
			say(`Token ${token.description || token.id} revoked`);
		} catch (refused) {
			setProblem(refused);
		}
	}
	return { revoked, problem, revoke, close: () => setProblem(null) };
}

const byAge = (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at);

function joined(data, revoked) {
	const gone = new Set(revoked.map(({ id }) => id));
	return [...(data ?? []).filter(({ id }) => !gone.has(id)), ...revoked].sort(byAge);
}

const holds = ({ revoked, expires_at: expires }) => !revoked && (!expires || Date.parse(expires) > now());

function Table({ tokens, onRevoke }) {
	const { me } = useStore(session);
	const admins = tokens.filter((token) => token.role === "admin" && holds(token));
	const isLast = (token) => admins.length === 1 && admins[0] === token;
	return html`<div class="scroll" role="region" tabindex="0" aria-label="Tokens">
		<table class="tb tokens" aria-label="Tokens">
			<thead>
				<tr>
					<th scope="col">Token</th>
					<th scope="col">Role</th>
					<th scope="col" class="r">Created</th>
					<th scope="col" class="r">Expires</th>
					<th scope="col" class="r">Last use</th>
					<td></td>
				</tr>
			</thead>
			<tbody>
				${tokens.map((token) => html`<${Row} key=${token.id} token=${token} isOwn=${token.id === me.token_id} isLast=${isLast(token)} onRevoke=${onRevoke} />`)}
			</tbody>
		</table>
	</div>`;
}

/** tenant: whose; without it the admins'. */
export function Tokens({ tenant }) {
	const path = listPath(tenant);
	const mayWrite = useMayWrite();
	const [isNew, setIsNew] = useState(false);
	const { data, problem, reload } = useFetched(
		(signal) => requestAll(`${path}?limit=1000`, { signal }),
		isChange("token."),
	);
	const { revoked, revoke, ...refused } = useRevoke(path);
	const tokens = joined(data, revoked);
	return html`<section class="card data">
		<div class="hd">
			<h2>${tenant ? "Tokens" : "Admin tokens"}</h2>
			${!tenant && html`<span class="t3 hide-m">may do everything, of all tenants</span>`}
			<div class="end">
				<button type="button" class="btn s" disabled=${!mayWrite} onClick=${() => setIsNew(true)}>
					${tenant ? "New token" : "New admin token"}
				</button>
			</div>
		</div>
		<${ProblemLine} problem=${problem} lead="The tokens cannot be shown." />
		<${ProblemLine} problem=${refused.problem} lead="Not revoked." onClose=${refused.close} />
		${
			data && tokens.length === 0
				? html`<p class="pad t2">${tenant} has no tokens: only admins see and change its pipelines.</p>`
				: html`<${Table} tokens=${tokens} onRevoke=${revoke} />`
		}
		${isNew && html`<${TokenDialog} path=${path} tenant=${tenant} onMade=${reload} onClose=${() => setIsNew(false)} />`}
	</section>`;
}
