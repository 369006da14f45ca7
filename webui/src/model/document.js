// One configuration as a YAML document that form and text both change: comments, order and what the form does not know stay.
import { Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { followerOf } from "./schema_form.js";

const WRITTEN = { lineWidth: 0, flowCollectionPadding: false, nullStr: "" };

/** offset in text → {line, column}, both from 1. */
export function placeAt(text, offset) {
	const before = text.slice(0, offset);
	const line = before.split("\n").length;
	return { line, column: offset - before.lastIndexOf("\n") };
}

/** line and column, both from 1 → offset in text. */
export function offsetAt(text, line, column) {
	let start = 0;
	for (let i = 1; i < line; i++) {
		const end = text.indexOf("\n", start);
		if (end < 0) return text.length;
		start = end + 1;
	}
	return Math.min(text.length, start + column - 1);
}

// "… at line 3, column 1:" and the lines behind that are said by the page itself
const firstWords = (message) => message.split(/ at line \d+, column \d+/)[0];

/** {doc, errors: [{detail, line, column, offset, length}]} of a text; with errors the document cannot be changed. */
export function openDocument(text) {
	// names that are there twice are told by the server, in less time
	const doc = parseDocument(text, { uniqueKeys: false });
	const errors = doc.errors.map(({ message, pos }) => ({
		detail: firstWords(message),
		...placeAt(text, pos[0]),
		offset: pos[0],
		length: Math.max(1, Math.min(pos[1], text.length) - pos[0]),
	}));
	if (errors.length === 0 && doc.contents !== null && !isMap(doc.contents) && !isEmpty(doc.contents))
		errors.push({ detail: "A configuration has names and values", line: 1, column: 1, offset: 0, length: 1 });
	return { doc, text, errors };
}

const isEmpty = (node) => !node || (isScalar(node) && (node.value === null || node.value === ""));

// A number as it is written: 012 and 1e3 are texts to whoever reads them.
function textOfScalar(node) {
	if (typeof node.value === "boolean") return node.value;
	return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

/**
 * What stands at keys: undefined (nothing), a text, a boolean, a list of texts, {set: true} (a secret that is kept),
 * {entries: [[name, text]…]}, or {foreign: true}, which a form cannot show.
 */
export function valueAt({ doc }, keys) {
	const node = doc.getIn(keys, true);
	if (isEmpty(node)) return undefined;
	if (isScalar(node)) return textOfScalar(node);
	const plain = (item) => isScalar(item);
	if (isSeq(node))
		return node.items.every(plain) ? node.items.map((item) => String(textOfScalar(item))) : { foreign: true };
	if (!isMap(node)) return { foreign: true };
	const pairs = node.items.map(({ key, value }) => [key, value]);
	if (pairs.length === 1 && String(pairs[0][0]) === "set" && pairs[0][1]?.value === true) return { set: true };
	if (!pairs.every(([key, value]) => plain(key) && (isEmpty(value) || plain(value)))) return { foreign: true };
	return {
		entries: pairs.map(([key, value]) => [String(key), isEmpty(value) ? "" : String(textOfScalar(value))]),
	};
}

// The map at keys; made where there is none, at its place by the schema.
function mapAt(doc, keys, schema) {
	if (!isMap(doc.contents)) doc.contents = doc.createNode({});
	let map = doc.contents;
	keys.forEach((key, i) => {
		let below = map.get(key, true);
		if (!isMap(below)) {
			below = doc.createNode({});
			put(doc, map, keys.slice(0, i + 1), below, schema);
		}
		map = below;
	});
	// a map that was written as {} grows downwards
	if (map.items.length === 0) map.flow = false;
	return map;
}

function put(doc, map, keys, value, schema) {
	const key = keys.at(-1);
	const there = map.get(key, true);
	if (isScalar(there) && isScalar(value)) {
		there.value = value.value;
		there.source = undefined;
		return;
	}
	if (map.has(key)) {
		map.set(key, value);
		return;
	}
	const follower = followerOf(
		schema,
		keys,
		map.items.map((pair) => String(pair.key)),
	);
	const at = map.items.findIndex((pair) => String(pair.key) === follower);
	map.items.splice(at < 0 ? map.items.length : at, 0, doc.createPair(key, value));
}

const isSecretKept = (value) => value !== null && typeof value === "object" && value.set === true;

/** Writes a value: a text, number, boolean, list, an object of texts, {set: true}. */
export function setValue({ doc }, keys, value, schema) {
	const node = doc.createNode(value);
	if (isSecretKept(value)) node.flow = true;
	put(doc, mapAt(doc, keys.slice(0, -1), schema), keys, node, schema);
}

/** Takes a value out, and the maps around it that are empty then. */
export function removeValue({ doc }, keys) {
	if (!doc.hasIn(keys)) return;
	doc.deleteIn(keys);
	for (let n = keys.length - 1; n > 0; n--) {
		const around = doc.getIn(keys.slice(0, n), true);
		if (!isMap(around) || around.items.length > 0) return;
		doc.deleteIn(keys.slice(0, n));
	}
}

/** The document as text, lists indented as they were. */
export function textOf({ doc, text }) {
	if (doc.contents === null || doc.contents.items?.length === 0)
		return doc.commentBefore || doc.comment ? String(doc) : "";
	const flat = /^( *)[^\s#-][^\n]*:[ \t]*\n(\s*#[^\n]*\n)*\1- /m.test(text ?? "");
	return doc.toString({ ...WRITTEN, indentSeq: !flat, flowCollectionPadding: /\{ \S/.test(text ?? "") });
}

// Keys as the schema orders them, others behind.
function ordered(value, schema) {
	if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
	const order = Object.keys(schema?.properties ?? {});
	const rank = (key) => (order.includes(key) ? order.indexOf(key) : order.length);
	const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b));
	return Object.fromEntries(keys.map((key) => [key, ordered(value[key], schema?.properties?.[key])]));
}

/** A configuration (an object of the API) as text. */
export function textOfConfig(config, schema) {
	const doc = new Document(ordered(config, schema));
	const flow = (node) => {
		if (isMap(node) && node.items.length === 1 && String(node.items[0].key) === "set") node.flow = true;
		else for (const item of node?.items ?? []) flow(item.value ?? item);
	};
	flow(doc.contents);
	return Object.keys(config).length > 0 ? doc.toString(WRITTEN) : "";
}

/** Where key and value at keys stand: {key: [start, end], value: [start, end]}; null: nowhere. */
export function rangesAt({ doc }, keys) {
	let node = doc.contents;
	let key = null;
	for (const part of keys) {
		if (isMap(node)) {
			const pair = node.items.find((item) => String(item.key) === part);
			if (!pair) return null;
			key = pair.key.range;
			node = pair.value;
		} else if (isSeq(node) && node.items[Number(part)]) {
			node = node.items[Number(part)];
			key = node.range;
		} else {
			return null;
		}
	}
	return { key: key?.slice(0, 2) ?? null, value: node?.range?.slice(0, 2) ?? null };
}

/** The document as an object; null: it has errors. */
export function objectOf({ doc, errors }) {
	if (errors.length > 0) return null;
	try {
		return doc.toJS() ?? {};
	} catch {
		return null; // more aliases than any text needs
	}
}

const SECRET_WORDS = /secret|passw|api_?key|token|credential/i;

// Secrets that are literally there: [{keys, node}], in their order.
function secretsOf({ doc }, names) {
	const found = [];
	const look = (node, keys) => {
		for (const [i, item] of (node?.items ?? []).entries()) {
			const key = item.key === undefined ? String(i) : String(item.key);
			const value = item.key === undefined ? item : item.value;
			const here = [...keys, key];
			const isSecret = isSecretKey(key, names) && !isReference(value);
			if (isSecret && !isEmpty(value)) found.push({ keys: here, node: value });
			else look(value, here);
		}
	};
	look(doc.contents, []);
	return found;
}

const MASK = "•••";

const isSecretKey = (key, names) => names.has(key) || SECRET_WORDS.test(key);

/** A value that stands at keys, as it may be shown: a secret that is literally there is a mark. */
export function shownValue(value, keys, names) {
	if (value === undefined) return "nothing";
	if (typeof value !== "string") return JSON.stringify(value);
	return isSecretKey(String(keys.at(-1)), names) && value !== "" && !REFERENCE.test(value) ? MASK : value;
}

/** The text with marks in place of secrets that are literally there; as it is while it cannot be read. */
export function maskSecrets(opened, names) {
	if (opened.errors.length > 0) return opened.text;
	return secretsOf(opened, names).reduceRight((text, { node: { range } }) => {
		const [from, to] = range;
		const end = text.slice(from, to).endsWith("\n") ? "\n" : "";
		return `${text.slice(0, from)}${MASK}${end}${text.slice(to)}`;
	}, opened.text);
}

/** The text without secrets that are literally there: {text, lost: [path…]}; null while it cannot be read. */
export function withoutSecrets(opened, names) {
	if (opened.errors.length > 0) return null;
	const copy = openDocument(opened.text);
	const lost = secretsOf(copy, names).map(({ keys }) => keys);
	for (const keys of lost) copy.doc.setIn(keys, null);
	const text = lost.length > 0 ? textOf(copy) : opened.text;
	return { text: text.replace(/(:\/\/)[^\s/@"']+@/g, "$1"), lost: lost.map((keys) => keys.join(".")) };
}

// ${env:…}, ${file:…} and {set: true} tell nothing
const REFERENCE = /^\$\{(env|file):[^}]*\}$/;

function isReference(node) {
	if (isScalar(node)) return REFERENCE.test(String(node.value));
	return isMap(node) && node.items.length === 1 && String(node.items[0].key) === "set";
}
