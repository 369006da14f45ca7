// The configuration as a form: all fields of the schema that apply.
import { html } from "../../lib/html.js";
import { setQuery } from "../../lib/route.js";
import {
	BoolControl,
	isSegmented,
	EnumControl,
	FlagsControl,
	ListControl,
	MapControl,
	SecretControl,
	TextControl,
} from "./controls.js";
import { Field } from "./field.js";

const NUMBERS = ["count", "seconds"];
const LISTS = ["texts", "prefixes", "addresses"];

// What a control gives → what stands in the document.
function written(field, value) {
	if (NUMBERS.includes(field.kind) && /^\d{1,15}$/.test(value)) return Number(value);
	return field.kind === "map" ? Object.fromEntries(value) : value;
}

function Control({ field, value, aria, onValue, isKept, isMissing }) {
	const given = { field, value, aria, onValue };
	if (field.kind === "secret") return html`<${SecretControl} ...${given} isKept=${isKept} isMissing=${isMissing} />`;
	if (field.kind === "enum") return html`<${EnumControl} ...${given} />`;
	if (field.kind === "bool") return html`<${BoolControl} ...${given} />`;
	if (field.kind === "flags") return html`<${FlagsControl} ...${given} />`;
	if (LISTS.includes(field.kind)) return html`<${ListControl} ...${given} />`;
	if (field.kind === "map") return html`<${MapControl} ...${given} value=${value?.entries} />`;
	return html`<${TextControl} ...${given} isNumber=${NUMBERS.includes(field.kind)} isPlain=${field.kind === "text" && field.path !== "host_id"} />`;
}

// A list where a text belongs, a text where a map does: the text view alone can show it.
function isForeign(field, value) {
	if (value === undefined) return false;
	if (value.foreign || (value.set && field.kind !== "secret")) return true;
	if (Array.isArray(value)) return !LISTS.includes(field.kind) && field.kind !== "flags";
	if (value.entries) return field.kind !== "map";
	return field.kind === "map" && typeof value !== "object";
}

const Foreign = ({ aria }) =>
	html`<div class="row" id=${aria.id} role="group" aria-labelledby="${aria.id}_l">
		<span class="t2">holds what this form cannot show</span>
		<button type="button" class="btn s" onClick=${() => setQuery({ view: "yaml" })}>Edit in YAML</button>
	</div>`;

// What has more than one control has no label of its own.
const isGroup = (field, value) =>
	["flags", "map"].includes(field.kind) || (field.kind === "enum" && isSegmented(field)) || Boolean(value?.set);

const helpOf = ({ help, kind }) => {
	if (kind === "seconds") return `${help} In seconds.`;
	if (LISTS.includes(kind)) return `${help} One a line.`;
	return help;
};

// Names without a value, of what does not apply any more.
function dropEmpty({ kit, index }, changed) {
	const valueOf = (keys) => kit.valueAt(changed, keys);
	for (const field of index.values())
		if (valueOf(field.keys) === undefined && !kit.applies(field, index, valueOf)) kit.removeValue(changed, field.keys);
}

export function ConfigField({ form, edit, opened, field, onText, problems, onMend, good }) {
	const { kit, schema, index } = form;
	const valueOf = (keys) => kit.valueAt(opened, keys);
	const value = valueOf(field.keys);
	const onValue = (given, isEmptied = false) => {
		const changed = kit.openDocument(edit.text);
		if (given === undefined) kit.removeValue(changed, field.keys);
		else kit.setValue(changed, field.keys, isEmptied ? null : written(field, given), schema);
		if (field.kind === "enum") dropEmpty(form, changed);
		onText(kit.textOf(changed));
	};
	const foreign = isForeign(field, value);
	const isKept = field.keys.reduce((object, key) => object?.[key], edit.base.config)?.set === true;
	const isMissing = problems.some(({ code }) => code === kit.MISSING);
	return html`<${Field}
		path=${field.path}
		isRequired=${kit.isRequired(field, index, valueOf)}
		isGroup=${foreign || isGroup(field, value)}
		help=${helpOf(field)}
		problems=${problems}
		onMend=${onMend}
		good=${good}
		control=${(aria) => (foreign ? html`<${Foreign} aria=${aria} />` : html`<${Control} ...${{ field, value, aria, onValue, isKept, isMissing }} />`)}
	/>`;
}

/** The fields of a section that apply now. */
export const shownFields = ({ kit, index }, opened, section) =>
	section.fields.filter((field) => kit.applies(field, index, (keys) => kit.valueAt(opened, keys)));
