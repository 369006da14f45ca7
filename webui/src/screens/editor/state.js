// One pipeline as it is being written: what there is on the server (base), and what it is to be.
import { useEffect, useMemo, useState } from "preact/hooks";
import { pipelinePath, request } from "../../lib/http.js";
import { useStore } from "../../lib/store.js";
import { session } from "../../state/session.js";
import { dropDraft, keepDraft, keptDraft } from "./draft.js";

const DRAFT_MS = 400;

let formOnce = null;

// The library and the schema stay the same for as long as the page is open.
async function loadForm() {
	formOnce ??= Promise.all([import("../../model/configuration.js"), request("GET", "/v1/schema")]).then(
		([kit, { body }]) => {
			const schema = typeof body === "string" ? JSON.parse(body) : body;
			const fields = kit.fieldsOf(schema);
			return {
				kit,
				schema,
				index: kit.indexOf(fields),
				sections: kit.sectionsOf(fields),
				secrets: kit.secretNames(fields),
			};
		},
	);
	try {
		return await formOnce;
	} catch (problem) {
		formOnce = null;
		throw problem;
	}
}

/** A pipeline as the API tells it, as what edits begin with. */
export async function loadBase({ kit, schema }, tenant, name) {
	const { body, etag } = await request("GET", pipelinePath(tenant, name));
	const config = body.config ?? {};
	return {
		etag,
		config,
		text: kit.textOfConfig(config, schema),
		beside: kit.besideOf(body),
		revision: body.revision,
		hostId: body.host_id,
		desired: body.desired_state,
	};
}

const newBase = ({ kit }) => ({
	etag: null,
	config: {},
	text: kit.STARTS[0].text,
	beside: kit.emptyBeside(),
	revision: 0,
	hostId: "",
});

async function begin({ tenant, name }, me) {
	const form = await loadForm();
	const isNew = name === undefined;
	const kept = keptDraft({ isNew, tenant, name }, me.token_id);
	if (kept) return { form, edit: { ...kept, isRestored: true } };
	const base = isNew ? newBase(form) : await loadBase(form, tenant, name);
	const place = isNew ? { tenant: me.tenant ?? "", name: "" } : { tenant, name };
	return { form, edit: { isNew, ...place, base, text: base.text, beside: base.beside, start: true, lost: [] } };
}

const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Is there anything that leaving would lose? */
export function isChanged({ kit }, { isNew, text, beside, base, name }) {
	if (isNew && name) return true;
	const isBegun = isNew && kit.STARTS.some((start) => start.text === text);
	return (text !== base.text && !isBegun) || !isSame(beside, base.beside);
}

/** → {problem} | {form, edit, opened, update(changes), reload()}; neither form nor problem: it is being loaded. */
export function useEdit({ tenant, name }) {
	const { me } = useStore(session);
	const [loaded, setLoaded] = useState({});
	const load = () => {
		setLoaded({});
		begin({ tenant, name }, me).then(setLoaded, (problem) => setLoaded({ problem }));
	};
	useEffect(load, [tenant, name]);

	const { form, edit, problem } = loaded;
	const text = edit?.text;
	const opened = useMemo(() => (form ? form.kit.openDocument(text) : null), [form, text]);
	useEffect(() => {
		if (!edit) return undefined;
		if (!isChanged(form, edit)) {
			dropDraft(edit);
			return undefined;
		}
		const keep = () => keepDraft(form, edit, opened, me.token_id);
		const timer = setTimeout(keep, DRAFT_MS);
		return () => clearTimeout(timer);
	}, [edit, opened]);

	const update = (changes) =>
		setLoaded((now) => ({
			...now,
			edit: { ...now.edit, ...(typeof changes === "function" ? changes(now.edit) : changes) },
		}));
	const startOver = () => {
		dropDraft(edit);
		load();
	};
	return { form, edit, opened, problem, update, load, startOver };
}
