// A new token, and its text: shown once.
import { useEffect, useRef, useState } from "preact/hooks";
import { stamp } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request } from "../../lib/http.js";
import { now } from "../../lib/time.js";
import { expiryOf } from "../../model/limits.js";
import { CopyButton } from "../../parts/copy.js";
import { Dialog } from "../../parts/dialog.js";
import { ProblemLine } from "../../parts/problem.js";
import { Segments } from "../../parts/segments.js";
import { useMayWrite } from "../../state/live.js";

const ROLES = [
	["operator", "operator"],
	["viewer", "viewer"],
];
const EXPIRIES = [
	["90d", "in 90 days"],
	["30d", "in 30 days"],
	["365d", "in 1 year"],
	["never", "never"],
	["day", "on a day"],
];

const kindOf = ({ role, tenant }) => (tenant ? `${role} of ${tenant}` : role);

function Made({ token }) {
	const command = `export SLUICE_TOKEN=slc_…\ncurl -H "Authorization: Bearer $SLUICE_TOKEN" ${location.origin}/v1/pipelines`;
	const expires = token.expires_at ? `expires ${stamp(token.expires_at)}` : "never expires";
	const root = useRef(null);
	// the button that was pressed is gone
	useEffect(() => root.current.querySelector("button").focus(), []);
	return html`<p>Copy it now. Sluice keeps only a hash and cannot show it again.</p>
		<div class="secret" ref=${root}>
			<code>${token.token}</code><${CopyButton} text=${token.token} about="the token" quiet=${false} />
		</div>
		<p class="t2 sm">${kindOf(token)}, ${expires}. Revoking it takes effect within 1 s.</p>
		<div class="code"><pre>${command}</pre></div>`;
}

function Fields({ tenant, form, set, onSubmit }) {
	return html`<form id="token-form" onSubmit=${onSubmit}>
		<div class="fld">
			<label for="token-name">Name</label>
			<div>
				<input
					class="in"
					id="token-name"
					value=${form.description}
					maxlength="1000"
					autocomplete="off"
					onInput=${(event) => set({ description: event.target.value })}
				/>
				<div class="help">Who or what will use it.</div>
			</div>
		</div>
		${
			tenant &&
			html`<div class="fld">
			<span class="lab">Role</span>
			<div>
				<${Segments} label="Role" options=${ROLES} value=${form.role} onChange=${(role) => set({ role })} />
				<div class="help">operator: creates, changes, starts and stops. viewer: reads, sees no secrets.</div>
			</div>
		</div>`
		}
		<div class="fld">
			<label for="token-expires">Expires</label>
			<div class="row">
				<select class="in half" id="token-expires" value=${form.expires} onChange=${(event) => set({ expires: event.target.value })}>
					${EXPIRIES.map(([value, text]) => html`<option value=${value}>${text}</option>`)}
				</select>
				${
					form.expires === "day" &&
					html`<input
					class="in half"
					type="date"
					aria-label="Day on which it expires"
					value=${form.day}
					required
					onInput=${(event) => set({ day: event.target.value })}
				/>`
				}
			</div>
		</div>
	</form>`;
}

function bodyOf(tenant, { description, role, expires, day }) {
	const expiry = expiryOf(expires === "day" ? day : expires, now());
	return { description: description.trim(), expires_at: expiry, ...(tenant ? { role } : {}) };
}

/** path: where it is made; onMade(): there is one more. */
export function TokenDialog({ path, tenant, onMade, onClose }) {
	const mayWrite = useMayWrite();
	const [form, setForm] = useState({ description: "", role: "operator", expires: "90d", day: "" });
	const [made, setMade] = useState(null);
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const whose = tenant ?? "admins";
	const set = (values) => setForm((known) => ({ ...known, ...values }));
	async function submit(event) {
		event.preventDefault();
		if (busy || !mayWrite) return;
		setBusy(true);
		setProblem(null);
		try {
			setMade((await request("POST", path, { body: bodyOf(tenant, form) })).body);
			onMade();
		} catch (refused) {
			setProblem(refused);
		}
		setBusy(false);
	}
	if (made) {
		const stored = html`<button type="button" class="btn pri" onClick=${onClose}>I have stored it</button>`;
		return html`<${Dialog} title=${`Token for ${whose}`} onClose=${onClose} footer=${stored}><${Made} token=${made} /><//>`;
	}
	const footer = html`<button type="button" class="btn" onClick=${onClose}>Cancel</button>
		<button form="token-form" class="btn pri" disabled=${busy || !mayWrite}>Create token</button>`;
	return html`<${Dialog} title=${tenant ? `New token for ${tenant}` : "New admin token"} onClose=${onClose} footer=${footer}>
		<${ProblemLine} problem=${problem} />
		<${Fields} tenant=${tenant} form=${form} set=${set} onSubmit=${submit} />
	<//>`;
}
