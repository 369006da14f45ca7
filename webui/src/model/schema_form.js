// A form of the JSON Schema of a configuration: its fields by sections, and which of them apply.

// Titles for the beginnings of paths; what has none becomes a section of its own name, so that a new field is never missing.
const SECTIONS = [
	["Identity", ["host_id", "compat"]],
	["Source", ["pipeline.subscriber", "analyzers", "analyzer"]],
	["Classify and filter", ["pipeline.classify", "pipeline.filter"]],
	["Transform", ["pipeline.transform", "pipeline.mangle", "pipeline.action", "pipeline.storeheader"]],
	["Encode", ["pipeline.encode", "pipeline.compress"]],
	["Store", ["pipeline.store", "pipeline.account"]],
	["Write", ["pipeline.write"]],
];

const isBelow = (path, start) => path === start || path.startsWith(`${start}.`);

// Of a schema without x-kind: what its JSON type says.
function kindOf(schema) {
	if (schema["x-kind"]) return schema["x-kind"];
	if (schema.writeOnly) return "secret";
	if (schema.enum) return "enum";
	const types = [schema.type].flat();
	if (types.includes("boolean")) return "bool";
	if (types.includes("integer")) return "count";
	if (types.includes("array")) return schema.items?.enum ? "flags" : "texts";
	return types.includes("object") ? "map" : "text";
}

function fieldOf(keys, schema) {
	const kind = kindOf(schema);
	const named = kind === "flags" ? schema.items.enum : schema.enum;
	return {
		path: keys.join("."),
		keys,
		kind,
		help: schema.description ?? "",
		fallback: schema.default,
		options: named?.filter((value) => value !== null) ?? [],
		when: schema["x-applies-when"] ?? null,
		required: schema["x-required-when"] ?? null,
	};
}

/** All fields of a schema, as it orders them: {path, keys, kind, help, fallback, options, when, required}. */
export function fieldsOf(schema, keys = []) {
	return Object.entries(schema.properties ?? {}).flatMap(([key, below]) => {
		const here = [...keys, key];
		if (below.properties) return fieldsOf(below, here);
		// Skydive's own sections, which are ignored, have a description alone
		return below.type || below.enum || below["x-kind"] ? [fieldOf(here, below)] : [];
	});
}

/** [{title, fields}] of all fields. */
export function sectionsOf(fields) {
	const sections = SECTIONS.map(([title, starts]) => ({
		title,
		fields: starts.flatMap((start) => fields.filter(({ path }) => isBelow(path, start))),
	}));
	const placed = new Set(sections.flatMap((section) => section.fields));
	for (const field of fields.filter((one) => !placed.has(one))) {
		const title = field.path.split(".").slice(0, -1).join(".") || field.path;
		const section = sections.find((one) => one.title === title);
		if (section) section.fields.push(field);
		else sections.push({ title, fields: [field] });
	}
	return sections.filter((section) => section.fields.length > 0);
}

/** fields by path, to ask of one whether a condition holds. */
export const indexOf = (fields) => new Map(fields.map((field) => [field.path, field]));

// The values of a field as text; of a list each of its own.
function textsOf(index, path, valueAt) {
	const field = index.get(path);
	const value = valueAt(field?.keys ?? path.split("."));
	return [value === undefined || value === null || value === "" ? field?.fallback : value].flat().map(String);
}

function holds(condition, index, valueAt) {
	if (condition === true) return true;
	const texts = textsOf(index, condition.path, valueAt);
	if (texts.some((text) => condition.values.includes(text))) return true;
	// encode.type has no default of its own: what is not given may be any of them
	return texts[0] === "undefined";
}

/** Has the field a meaning, with what stands in the document? valueAt(keys) → its value there. */
export function applies(field, index, valueAt) {
	if (!field.when) return true;
	const on = index.get(field.when.path);
	return (!on || applies(on, index, valueAt)) && holds(field.when, index, valueAt);
}

export const isRequired = (field, index, valueAt) => Boolean(field.required) && holds(field.required, index, valueAt);

/** Where a new key of a map belongs, by the schema's order: the first of the keys there that comes behind it, else null. */
export function followerOf(schema, keys, there) {
	let section = schema;
	for (const key of keys.slice(0, -1)) section = section?.properties?.[key];
	const order = Object.keys(section?.properties ?? {});
	const at = order.indexOf(keys.at(-1));
	if (at < 0) return null;
	return order.slice(at + 1).find((key) => there.includes(key)) ?? null;
}

/** The names of keys whose values are secrets, wherever they stand. */
export const secretNames = (fields) =>
	new Set(fields.filter(({ kind }) => kind === "secret").map(({ keys }) => keys.at(-1)));
