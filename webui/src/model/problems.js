// What a check has found, each with its place in the text and its field in the form.
import { objectOf, openDocument, offsetAt, placeAt, rangesAt, removeValue, setValue, textOf } from "./document.js";

/** "/pipeline/write/s3" → ["pipeline", "write", "s3"] (RFC 6901) */
export const keysOf = (pointer) =>
	pointer
		.split("/")
		.slice(1)
		.map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));

/** ["a", "b", "0"] → "a.b[0]" */
export const pathOf = (keys) =>
	keys.reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : path ? `${path}.${key}` : key), "");

// What one sees of a place: the token there.
function lengthAt(text, offset) {
	const token = /^("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,:\]}]+(?::[^\s,\]}]+)*)/.exec(text.slice(offset, offset + 400));
	return token ? token[0].length : 1;
}

// "is missing" is said of something.
const sentence = (keys, detail) =>
	/^(is|has|must) /.test(detail) && keys.length > 0 ? `${pathOf(keys.slice(-1))} ${detail}` : detail;

/** Errors of a text that is no YAML, as problems. */
export const syntaxProblems = (errors) =>
	// one mistake makes others behind it on its line
	errors
		.filter(({ line }, i) => line !== errors[i - 1]?.line)
		.map((error) => ({ ...error, code: "syntax", keys: [], path: "", inConfig: true, suggestion: null }));

const OF_KEYS = ["unknown_key", "unused"];

function placed(opened, keys, code) {
	const ranges = rangesAt(opened, keys);
	const range = ranges && (OF_KEYS.includes(code) || !isOnLine(opened, ranges) ? ranges.key : ranges.value);
	if (!range) return null;
	const length = opened.text.slice(range[0], range[1]).trimEnd().length || 1;
	return { ...placeAt(opened.text, range[0]), offset: range[0], length };
}

// A value that is not there, or of many lines, is marked at its name.
function isOnLine({ text }, { value, key }) {
	const written = value ? text.slice(value[0], value[1]).trim() : "";
	return !key || (written !== "" && !written.includes("\n"));
}

// The server's own place, where the document is of a form that the pointer leads nowhere in.
function told(opened, { line, column }, body) {
	if (!line || line <= body.lines) return null;
	const at = { line: line - body.lines, column: Math.max(1, (column ?? 1) - body.columns) };
	const offset = offsetAt(opened.text, at.line, at.column);
	return { ...at, offset, length: lengthAt(opened.text, offset) };
}

// What stands beside the configuration, then by lines, then what has none.
const rank = ({ inConfig, line }) => (inConfig ? (line ?? Infinity) : 0);
const byPlace = (a, b) => (rank(a) === rank(b) ? (a.column ?? 0) - (b.column ?? 0) : rank(a) - rank(b));

// The name that an unknown one is taken for. What is missing below it stands below the wrong name, and is not missing.
const meantBy = ({ keys, suggestion }) =>
	suggestion.includes(".") ? suggestion : [...keys.slice(0, -1), suggestion].join(".");

/** The code of a secret that is to be kept, and is not there. */
export const MISSING = "secret.missing";

/**
 * @param errors as the API tells them; body: {lines, columns}, how far the configuration stands from the body's beginning
 * → [{detail, code, suggestion, keys, path, inConfig, line, column, offset, length}], by their place
 */
export function problemsOf(opened, errors, body) {
	const problems = errors.map(({ pointer, code, detail, suggestion = null, ...at }) => {
		const keys = keysOf(pointer);
		const inConfig = keys[0] === "config" || (keys.length === 0 && at.line > body.lines);
		const here = keys[0] === "config" ? keys.slice(1) : keys;
		const place = inConfig ? (placed(opened, here, code) ?? told(opened, at, body)) : null;
		const text = code === MISSING ? `No value is stored for ${here.at(-1)}: write one` : sentence(here, detail);
		return { detail: text, code, suggestion, keys: here, path: pathOf(here), inConfig, ...place };
	});
	const meant = problems.filter(({ code, suggestion }) => code === "unknown_key" && suggestion).map(meantBy);
	const isBelowMeant = ({ code, keys }) =>
		code === "required" && meant.some((path) => `${keys.join(".")}.`.startsWith(`${path}.`));
	return problems.filter((problem) => !isBelowMeant(problem)).sort(byPlace);
}

/** The field of the form that a problem is about: its own, or the nearest around it; null: none. */
export function fieldOf(problem, index) {
	if (!problem.inConfig) return null;
	for (let n = problem.keys.length; n > 0; n--) {
		const field = index.get(problem.keys.slice(0, n).join("."));
		if (field) return field;
	}
	return null;
}

// What is a word to everybody stands as it is, else in quotes (JSON's are YAML's).
const isPlain = (text) =>
	/^[a-z0-9/][\w./:-]*[\w/]$/i.test(text) &&
	!/^[-+.:\d_xo]*(e\d+)?$/.test(text) &&
	!/^(true|false|null|yes|no|on|off)$/i.test(text);
const scalar = (text) => (isPlain(text) ? text : JSON.stringify(text));

const replaced = (text, [start, end], by) => text.slice(0, start) + by + text.slice(end);

/** Can the suggestion be put there by a button? It is a name or value, not a sentence. */
export const isApplicable = ({ suggestion, inConfig }) => Boolean(suggestion) && inConfig && !/\s/.test(suggestion);

/** The text with a problem's suggestion in it; of `unused` without what is unused. */
export function mended(text, problem, schema) {
	const opened = openDocument(text);
	const { keys, code, suggestion } = problem;
	const ranges = rangesAt(opened, keys);
	if (code === "unused") {
		removeValue(opened, keys);
		return textOf(opened);
	}
	if (code === "unknown_key" && ranges) {
		if (!suggestion.includes(".")) return replaced(text, ranges.key, scalar(suggestion));
		return moved(opened, keys, suggestion.split("."), schema);
	}
	if (ranges?.value && isOnLine(opened, ranges)) {
		const [start, end] = ranges.value;
		return replaced(text, [start, start + text.slice(start, end).trimEnd().length], scalar(suggestion));
	}
	setValue(opened, keys, suggestion, schema);
	return textOf(opened);
}

function moved(opened, from, to, schema) {
	const value = from.reduce((object, key) => object?.[key], objectOf(opened));
	removeValue(opened, from);
	setValue(opened, to, value ?? null, schema);
	return textOf(opened);
}
