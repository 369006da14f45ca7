// What a tenant may use: the dialog that makes one, or changes it.
import { useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { request, tenantPath } from "../../lib/http.js";
import { hrefTo, isAt, navigate } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { SINKS, UNIT_NAMES, limitsOf, mistakesOf, splitBytes } from "../../model/limits.js";
import { Dialog } from "../../parts/dialog.js";
import { ProblemLine } from "../../parts/problem.js";
import { Segments } from "../../parts/segments.js";
import { useMayWrite } from "../../state/live.js";

/** What each limit is, and what happens at it. */
export const LIMITS = {
	pipelines: ["Pipelines", "Stopped ones count. At the limit a new one is refused."],
	spool_bytes: [
		"Spool",
		"Shared by the tenant's pipelines. Beyond it the oldest objects are dropped, and their flows counted as lost: spool. Holds from a worker's next start.",
	],
	worker_memory_bytes: [
		"Memory per worker",
		"A worker that needs more is ended and goes to backoff. Holds from its next start; 16 MiB at least.",
	],
	sinks: ["Allowed sinks", "A configuration that writes elsewhere is refused."],
};

const formOf = (tenant) => ({
	name: tenant?.name ?? "",
	display: tenant?.display_name ?? "",
	pipelines: String(tenant?.limits.pipelines ?? ""),
	spool: splitBytes(tenant?.limits.spool_bytes),
	memory: splitBytes(tenant?.limits.worker_memory_bytes),
	sinks: tenant?.limits.sinks ?? null,
});

function Field({ id, label, help, wrong, children }) {
	return html`<div class="fld">
		<label for=${id}>${label}</label>
		<div>
			${children}
			${wrong && html`<div class="err" id="${id}-wrong">${wrong}</div>`}
			${help && html`<div class="help" id="${id}-help">${help}</div>`}
		</div>
	</div>`;
}

const Text = ({ id, value, onInput, wrong, ...rest }) =>
	html`<input
		class="in"
		id=${id}
		value=${value}
		autocomplete="off"
		spellcheck=${false}
		aria-invalid=${wrong ? "true" : null}
		aria-describedby=${`${id}-help${wrong ? ` ${id}-wrong` : ""}`}
		onInput=${(event) => onInput(event.target.value)}
		...${rest}
	/>`;

function Size({ id, kind, value, onInput, wrong }) {
	const [label, help] = LIMITS[kind];
	return html`<${Field} id=${id} label=${label} help=${help} wrong=${wrong}>
		<div class="row">
			<${Text}
				id=${id}
				inputmode="decimal"
				placeholder="no limit"
				value=${value.text}
				wrong=${wrong}
				onInput=${(text) => onInput({ ...value, text })}
			/>
			<select class="in unit" aria-label="${label}: unit" value=${value.unit} onChange=${(event) => onInput({ ...value, unit: event.target.value })}>
				${UNIT_NAMES.map((unit) => html`<option value=${unit}>${unit}</option>`)}
			</select>
		</div>
	<//>`;
}

function Sinks({ value, onInput }) {
	const toggle = (sink) =>
		onInput(SINKS.filter((each) => (each === sink ? !value.includes(each) : value.includes(each))));
	return html`<div class="fld">
		<span class="lab" id="sinks-label">Allowed sinks</span>
		<div>
			<${Segments}
				labelledBy="sinks-label"
				options=${[
					["all", "all"],
					["some", "these"],
				]}
				value=${value ? "some" : "all"}
				onChange=${(choice) => onInput(choice === "all" ? null : SINKS)}
			/>
			${
				value &&
				html`<div class="checks">
				${SINKS.map(
					(sink) =>
						html`<label><input type="checkbox" checked=${value.includes(sink)} onChange=${() => toggle(sink)} />${sink}</label>`,
				)}
			</div>`
			}
			<div class="help">${LIMITS.sinks[1]}</div>
		</div>
	</div>`;
}

const CHANGED = {
	message: "Somebody has changed this tenant since this was opened. Close this, look at it, and change it again.",
};

// A PUT would change one that is there by that name, or undo what another admin has changed meanwhile.
async function save(tenant, form, limits) {
	const name = tenant?.name ?? form.name.trim();
	const now = await request("GET", tenantPath(name)).catch((problem) => {
		if (problem.status !== 404 || tenant) throw problem;
		return null;
	});
	if (tenant && now.body.updated_at !== tenant.updated_at) throw CHANGED;
	if (!tenant && now) throw { message: `There is a tenant ${name} already.` };
	await request("PUT", tenantPath(name), { body: { display_name: form.display, limits } });
	return name;
}

/** tenant: the one to change; without it a new one. onClose() */
export function TenantDialog({ tenant, onClose }) {
	const mayWrite = useMayWrite();
	const [form, setForm] = useState(() => formOf(tenant));
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const set = (key) => (value) => setForm((known) => ({ ...known, [key]: value }));
	const limits = limitsOf(form);
	const wrong = mistakesOf(limits);
	const because = (key) => wrong.includes(key) && "This is no number.";
	async function submit(event) {
		event.preventDefault();
		if (busy || wrong.length > 0) return;
		setBusy(true);
		setProblem(null);
		try {
			const name = await save(tenant, form, limits);
			say(tenant ? `Limits of ${name} changed` : `Tenant ${name} created`);
			onClose();
			if (!tenant && isAt(["tenants"])) navigate(hrefTo(["tenants", name]));
		} catch (refused) {
			setProblem(refused);
			setBusy(false);
		}
	}
	const footer = html`<button type="button" class="btn" onClick=${onClose}>Cancel</button>
		<button form="tenant" class="btn pri" disabled=${busy || !mayWrite || wrong.length > 0}>${tenant ? "Change" : "Create tenant"}</button>`;
	return html`<${Dialog} title=${tenant ? `Change ${tenant.name}` : "New tenant"} onClose=${onClose} footer=${footer}>
		<${ProblemLine} problem=${problem} />
		<form id="tenant" onSubmit=${submit}>
			${
				!tenant &&
				html`<${Field} id="t-name" label="Name" help="Small letters, digits and dashes, at most 63. It cannot be changed later.">
				<${Text} id="t-name" value=${form.name} onInput=${set("name")} required=${true} maxlength="63" />
			<//>`
			}
			<${Field} id="t-display" label="Display name">
				<${Text} id="t-display" value=${form.display} onInput=${set("display")} maxlength="200" />
			<//>
			<${Field} id="t-pipelines" label=${LIMITS.pipelines[0]} help=${LIMITS.pipelines[1]} wrong=${because("pipelines")}>
				<${Text}
					id="t-pipelines"
					inputmode="numeric"
					placeholder="no limit"
					value=${form.pipelines}
					wrong=${because("pipelines")}
					onInput=${set("pipelines")}
				/>
			<//>
			<${Size} id="t-spool" kind="spool_bytes" value=${form.spool} onInput=${set("spool")} wrong=${because("spool_bytes")} />
			<${Size}
				id="t-memory"
				kind="worker_memory_bytes"
				value=${form.memory}
				onInput=${set("memory")}
				wrong=${because("worker_memory_bytes")}
			/>
			<${Sinks} value=${form.sinks} onInput=${set("sinks")} />
		</form>
	<//>`;
}
