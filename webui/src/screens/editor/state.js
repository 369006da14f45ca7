// One pipeline as it is being written: what there is on the server (base), and what it is to be.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { pipelinePath, Problem, request } from "../../lib/http.js";
import { isSame } from "../../lib/same.js";
import { currentRoute } from "../../lib/route.js";
import { useStore } from "../../lib/store.js";
import { session } from "../../state/session.js";
import { dropDraft, keepDraft, keptDraft } from "./draft.js";

const DRAFT_MS = 400;
const LONG = 6000;
const PAUSE_MS = 250;

/** Of what was not loaded, which is no answer of the API's. */
export const NOT_LOADED = "not_loaded";

// What a browser says of it is for nobody.
const loadKit = () =>
	import("../../model/configuration.js").catch(() => {
		throw new Problem(0, { code: NOT_LOADED });
	});

let formOnce = null;

// The library and the schema stay the same for as long as the page is open.
async function loadForm() {
	formOnce ??= Promise.all([loadKit(), request("GET", "/v1/schema")]).then(([kit, { body }]) => {
		const schema = typeof body === "string" ? JSON.parse(body) : body;
		const fields = kit.fieldsOf(schema);
		return {
			kit,
			schema,
			index: kit.indexOf(fields),
			sections: kit.sectionsOf(fields),
			secrets: kit.secretNames(fields),
		};
	});
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
	const place = isNew ? { tenant: me.tenant ?? currentRoute().query.get("tenant") ?? "", name: "" } : { tenant, name };
	return { form, edit: { isNew, ...place, base, text: base.text, beside: base.beside, start: true, lost: [] } };
}

/** Is there anything that leaving would lose? */
export function isChanged({ kit }, { isNew, text, beside, base, name }) {
	if (isNew && name) return true;
	const isBegun = isNew && kit.STARTS.some((start) => start.text === text);
	return (text !== base.text && !isBegun) || !isSame(beside, base.beside);
}

// A long text is read when one pauses: typing goes before.
function useSettled(text) {
	const [settled, settle] = useState(text);
	const isLong = settled !== undefined && text?.length > LONG;
	useEffect(() => {
		if (!isLong || text === settled) return undefined;
		const timer = setTimeout(() => settle(text), PAUSE_MS);
		return () => clearTimeout(timer);
	}, [text, isLong, settled]);
	useEffect(() => {
		if (!isLong) settle(text);
	}, [text, isLong]);
	return isLong ? settled : text;
}

// Keeps what is not saved soon after a change, and when the page is left for the login.
function useDraft({ form, edit }, opened, tokenId) {
	const keep = useRef(null);
	const isDirty = edit && isChanged(form, edit);
	keep.current = isDirty ? () => keepDraft(form, edit, opened, tokenId) : null;
	useEffect(() => {
		if (!edit) return undefined;
		if (!isDirty) dropDraft(edit);
		const timer = setTimeout(() => keep.current?.(), DRAFT_MS);
		return () => clearTimeout(timer);
	}, [edit, opened]);
	useEffect(() => () => keep.current?.(), []);
	return () => {
		keep.current = null;
		dropDraft(edit);
	};
}

/** → {problem} | {form, edit, opened, update(changes), load(), forget(): nothing of it is kept}; else it is being loaded. */
export function useEdit({ tenant, name }) {
	const { me } = useStore(session);
	const [loaded, setLoaded] = useState({});
	const load = () => {
		setLoaded({});
		begin({ tenant, name }, me).then(setLoaded, (problem) => setLoaded({ problem }));
	};
	useEffect(load, []);

	const { form, edit } = loaded;
	const text = useSettled(edit?.text);
	const opened = useMemo(() => (text === undefined ? null : form.kit.openDocument(text)), [form, text]);
	const forget = useDraft(loaded, opened, me?.token_id);
	const update = (changes) =>
		setLoaded((now) => ({
			...now,
			edit: { ...now.edit, ...(typeof changes === "function" ? changes(now.edit) : changes) },
		}));
	return { ...loaded, opened, update, load, forget };
}
