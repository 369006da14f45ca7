// What stands beside the configuration: whose it is, its name, description, labels and limits.
import { useEffect, useState } from "preact/hooks";
import { bytes, count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { request, requestAll, tenantPath } from "../../lib/http.js";
import { useStore } from "../../lib/store.js";
import { keyOf } from "../../model/health.js";
import { isName } from "../../model/names.js";
import { fleet, useMayWrite } from "../../state/live.js";
import { useOwnTenant, useRole } from "../../state/session.js";
import { MapControl, TextControl } from "./controls.js";
import { Field } from "./field.js";

/** What the tenant may have of pipelines, and has: {limit, used}; null while it is not known: to admins alone it is told. */
export function useTenantQuota(tenant) {
	const { pipelines } = useStore(fleet);
	const isTold = useRole() === "admin";
	const [known, setKnown] = useState({});
	useEffect(() => {
		if (!tenant || !isTold) return undefined;
		const stop = new AbortController();
		request("GET", tenantPath(tenant), { signal: stop.signal }).then(
			({ body }) => setKnown({ tenant, limit: body.limits?.pipelines ?? null }),
			() => stop.signal.aborted || setKnown({}),
		);
		return () => stop.abort();
	}, [tenant, isTold]);
	if (known.tenant !== tenant) return null;
	return { limit: known.limit, used: pipelines.filter((pipeline) => pipeline.tenant === tenant).length };
}

// Names, and why there are none to be shown; asked for again when the connection is back.
function useTenants(isNeeded) {
	const [known, setKnown] = useState({ tenants: null, problem: null });
	const mayWrite = useMayWrite();
	useEffect(() => {
		if (isNeeded && known.tenants === null)
			requestAll("/v1/tenants").then(
				(items) => setKnown({ tenants: items.map(({ name }) => name), problem: null }),
				(problem) => setKnown({ tenants: null, problem }),
			);
	}, [isNeeded, mayWrite]);
	return known;
}

function helpOn({ tenants, problem }) {
	if (problem) return `The tenants cannot be shown. ${problem.message}`;
	return (
		tenants?.length === 0 && html`There is no tenant yet. <a class="link under" href="#/tenants">Create one</a> first.`
	);
}

function TenantField({ tenant, onTenant }) {
	const own = useOwnTenant();
	const known = useTenants(own === null);
	const { tenants } = known;
	if (own !== null)
		return html`<div class="fld"><span class="lab">tenant</span><div class="fixed"><bdi>${own}</bdi></div></div>`;
	const choose = (event) => onTenant(event.target.value);
	const control = (aria) =>
		html`<select ...${aria} class="in half" onChange=${choose}>
			<option value="" selected=${!tenant}>${tenants ? "Choose one" : "–"}</option>
			${(tenants ?? [tenant].filter(Boolean)).map(
				(name) => html`<option value=${name} selected=${name === tenant}>${name}</option>`,
			)}
		</select>`;
	return html`<${Field} path="tenant" isRequired=${true} help=${helpOn(known)} control=${control} />`;
}

/** What is wrong with the name of a new pipeline, or null. */
export function nameProblem({ tenant, name }, byKey) {
	const told = (detail) => ({ detail, code: "name", path: "name", keys: ["name"], inConfig: false });
	if (!name) return told("The name is missing.");
	if (!isName(name)) return told("A name has 1 to 63 small letters, digits and hyphens, no hyphen at its ends.");
	return byKey.has(keyOf({ tenant, name })) ? told(`There is a pipeline of this name in ${tenant}.`) : null;
}

function NameField({ edit, update, quota }) {
	const { byKey } = useStore(fleet);
	const problem = edit.name ? nameProblem(edit, byKey) : null;
	const used = quota && quota.limit !== null ? `, ${quota.used} of ${count(quota.limit, "pipeline")} used` : "";
	const good = edit.name && edit.tenant ? `Free in ${edit.tenant}${used}` : null;
	const control = (aria) =>
		html`<${TextControl} field=${{}} value=${edit.name || undefined} aria=${aria} isPlain=${true} onValue=${(name) => update({ name: name ?? "" })} />`;
	return html`<${Field} path="name" isRequired=${true} problems=${problem ? [problem] : []} good=${good} control=${control} />`;
}

/** Tenant and name of a new one. */
export function Place({ edit, update, quota }) {
	if (!edit.isNew) return null;
	return html`
		<${TenantField} tenant=${edit.tenant} onTenant=${(tenant) => update({ tenant })} />
		<${NameField} edit=${edit} update=${update} quota=${quota} />
	`;
}

/** Description and labels. */
export function Beside({ edit, update, problemsAt }) {
	const { beside } = edit;
	const change = (changes) => update({ beside: { ...beside, ...changes } });
	const text = (aria) =>
		html`<${TextControl}
			field=${{}}
			value=${beside.description || undefined}
			aria=${aria}
			isPlain=${true}
			onValue=${(description) => change({ description: description ?? "" })}
		/>`;
	const labels = (aria) =>
		html`<${MapControl}
			value=${Object.entries(beside.labels)}
			aria=${aria}
			names="label"
			values="its value"
			onValue=${(entries) => change({ labels: Object.fromEntries(entries ?? []) })}
		/>`;
	const help = "Names and values to find pipelines by, such as `?label=tier=gold` in the API.";
	return html`
		<${Field} path="description" problems=${problemsAt("description")} control=${text} />
		<${Field} path="labels" isGroup=${true} problems=${problemsAt("labels")} help=${help} control=${labels} />
	`;
}

// [name, help, is it a number of bytes]
const LIMITS = [
	[
		"worker_memory_bytes",
		"What its worker may take of memory, at least 16 MiB. Without it, what the tenant may.",
		true,
	],
	["spool_bytes", "What its spool may hold on the disk. Without it, its share of the tenant's.", true],
	["restarts", "How often it may end unasked before it has failed: number and time, such as 5/60s.", false],
];

export function Limits({ edit, update, problemsAt }) {
	const { limits } = edit.beside;
	const change = (name, value) => {
		const others = Object.entries(limits).filter(([other]) => other !== name);
		const changed = Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
		update({ beside: { ...edit.beside, limits: changed } });
	};
	return LIMITS.map(([name, help, isBytes]) => {
		const value = limits[name] ?? undefined;
		const onValue = (typed) => change(name, isBytes && /^\d{1,15}$/.test(typed) ? Number(typed) : typed);
		const control = (aria) =>
			html`<${TextControl} field=${{}} value=${value} aria=${aria} isNumber=${true} isPlain=${!isBytes} onValue=${onValue} />`;
		const good = isBytes && typeof value === "number" ? bytes(value) : null;
		return html`<${Field} path="limits.${name}" problems=${problemsAt("limits", name)} help=${help} good=${good} control=${control} />`;
	});
}
