// What a value is written with, by its kind.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../lib/html.js";
import { Segments } from "../../parts/segments.js";
import { useTyped } from "./field.js";

const orNothing = (text) => (text === "" ? undefined : text);
const placeholderOf = ({ fallback }) => (fallback === undefined ? "" : [fallback].flat().join(" "));

const TEXT = { format: (value) => String(value ?? ""), parse: orNothing };

export function TextControl({ field, value, aria, onValue, isNumber, isPlain }) {
	const [shown, type] = useTyped(value === undefined ? undefined : String(value), { ...TEXT, onValue });
	return html`<input
		...${aria}
		class="in ${isNumber ? "half" : ""} ${isPlain ? "" : "m"}"
		inputmode=${isNumber ? "numeric" : null}
		value=${shown}
		placeholder=${placeholderOf(field)}
		spellcheck=${false}
		autocomplete="off"
		onInput=${(event) => type(event.target.value)}
	/>`;
}

/** isKept: there is one on the server; isMissing: it was to be kept, and is not there. */
export function SecretControl({ value, aria, onValue, isKept, isMissing }) {
	// the button that was pressed is gone: one goes on in the box that stands in its place
	const isBegun = useRef(false);
	useEffect(() => {
		if (isBegun.current && !value?.set) document.getElementById(aria.id).focus();
		isBegun.current = false;
	}, [Boolean(value?.set)]);
	const begin = () => {
		isBegun.current = true;
		onValue("", true);
	};
	if (value?.set) {
		const verb = isMissing ? "Write" : "Replace";
		return html`<div class="row" role="group" id=${aria.id} aria-labelledby="${aria.id}_l">
			<span class="t2">${isMissing ? "not stored yet" : "set, kept as it is"}</span>
			<button type="button" class="btn s" aria-label="${verb} the secret" onClick=${begin}>${verb}</button>
		</div>`;
	}
	return html`<div class="row">
		<input
			...${aria}
			class="in m"
			type=${String(value ?? "").startsWith("$") ? "text" : "password"}
			autocomplete="off"
			spellcheck=${false}
			value=${value ?? ""}
			placeholder=${"value, ${env:NAME} or ${file:/path}"}
			onInput=${(event) => onValue(orNothing(event.target.value))}
		/>
		${isKept && html`<button type="button" class="btn s" onClick=${() => onValue({ set: true })}>Keep the present one</button>`}
	</div>`;
}

/** Are all values of an enum there to be seen at once? */
export const isSegmented = ({ options }) => options.length <= 4;

export function EnumControl({ field, value, aria, onValue }) {
	const none = field.fallback === undefined ? [["", "default"]] : [];
	const options = [...none, ...field.options.map((option) => [String(option), String(option)])];
	const present = String(value ?? field.fallback ?? "");
	const choose = (text) => onValue(field.options.find((option) => String(option) === text));
	if (isSegmented(field))
		return html`<${Segments} id=${aria.id} labelledBy="${aria.id}_l" options=${options} value=${present} onChange=${choose} />`;
	return html`<select ...${aria} class="in half" value=${present} onChange=${(event) => choose(event.target.value)}>
		${!options.some(([option]) => option === present) && html`<option value=${present}>${present}</option>`}
		${options.map(([option, text]) => html`<option value=${option} selected=${option === present}>${text}</option>`)}
	</select>`;
}

export function BoolControl({ field, value, aria, onValue }) {
	const isOn = String(value ?? field.fallback) === "true";
	return html`<div class="checks">
		<label><input ...${aria} type="checkbox" checked=${isOn} onChange=${(event) => onValue(event.target.checked)} />on</label>
	</div>`;
}

// A list may be one text with its items separated by blanks.
const listOf = (value) => (typeof value === "string" ? value.split(/\s+/).filter(Boolean) : (value ?? []));

export function FlagsControl({ field, value, aria, onValue }) {
	const present = listOf(value ?? field.fallback);
	const toggle = (option, isOn) => {
		const now = field.options.filter((one) => (one === option ? isOn : present.includes(one)));
		onValue(now.length > 0 || field.fallback !== undefined ? now : undefined);
	};
	return html`<div class="checks" id=${aria.id} role="group" aria-labelledby="${aria.id}_l">
		${field.options.map(
			(option) =>
				html`<label>
					<input type="checkbox" checked=${present.includes(option)} onChange=${(event) => toggle(option, event.target.checked)} />
					${option}
				</label>`,
		)}
	</div>`;
}

const LINES = {
	format: (value) => (value ?? []).join("\n"),
	parse: (text) => {
		const items = text
			.split("\n")
			.map((line) => line.trim())
			.filter(Boolean);
		return items.length > 0 ? items : undefined;
	},
};

export function ListControl({ field, value, aria, onValue }) {
	const items = listOf(value);
	const [shown, type] = useTyped(items.length > 0 ? items : undefined, { ...LINES, onValue });
	return html`<textarea
		...${aria}
		class="in m"
		rows=${Math.min(12, Math.max(2, items.length))}
		placeholder=${placeholderOf(field)}
		spellcheck=${false}
		value=${shown}
		onInput=${(event) => type(event.target.value)}
	></textarea>`;
}

// Rows of names and values; what has no name yet, or one that is there already, is not in the document.
const ROWS = {
	format: (entries) => entries ?? [],
	parse: (rows) => {
		const named = rows.filter(([name], i) => name !== "" && rows.findIndex(([other]) => other === name) === i);
		return named.length > 0 ? named : undefined;
	},
};

/** value: [[name, value]…]; onValue gets the same, or undefined. */
export function MapControl({ value, aria, onValue, names = "name", values = "value" }) {
	const [rows, type] = useTyped(value?.length > 0 ? value : undefined, { ...ROWS, onValue });
	const change = (at, column, text) => type(rows.map((row, i) => (i === at ? row.with(column, text) : row)));
	const input = (row, at, column, label) =>
		html`<input class="in m" aria-label="${label} ${at + 1}" value=${row[column]} spellcheck=${false} autocomplete="off"
			onInput=${(event) => change(at, column, event.target.value)} />`;
	return html`<div class="pairs" id=${aria.id} role="group" aria-labelledby="${aria.id}_l">
		${rows.map(
			(row, at) => html`<div>
				${input(row, at, 0, names)}${input(row, at, 1, values)}
				<button type="button" class="btn s quiet" aria-label="Remove ${row[0] || `row ${at + 1}`}" onClick=${() => type(rows.filter((_, i) => i !== at))}>
					Remove
				</button>
			</div>`,
		)}
		<button type="button" class="btn s" onClick=${() => type([...rows, ["", ""]])}>Add</button>
	</div>`;
}
