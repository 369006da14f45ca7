// A line of the form: a field's name, its control, what is wrong with it, what it is.
import { useState } from "preact/hooks";
import { html } from "../../lib/html.js";
import { isSame } from "../../lib/same.js";

export const idOf = (path) => `f_${path.replace(/\W/g, "_")}`;

/** A name that is nothing without what it is of ("type" of what?), and the path below it. */
function namesOf(path) {
	const keys = path.split(".");
	const own = keys.at(-1) === "type" ? 2 : 1;
	return [keys.slice(-own).join("."), keys.slice(0, -own).join(".")];
}

// A path may be broken behind each dot.
const Breaking = ({ path }) => path.split(".").map((key, i) => html`${i > 0 && html`.<wbr />`}${key}`);

// What stands in `backticks` is what one writes.
const Help = ({ text }) => text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));

function Errors({ problems, onMend }) {
	return problems.map(
		(problem) => html`<div class="err">
			<span class="any">${problem.detail}</span>
			${
				problem.canMend &&
				html`<button type="button" class="fixl" onClick=${() => onMend(problem)}>${problem.mendLabel}</button>`
			}
			${!problem.canMend && problem.suggestion && html`<span class="any">${problem.suggestion}</span>`}
		</div>`,
	);
}

/**
 * isGroup: the control is more than one, and has the label by aria-labelledby. good: what is right with it. The control gets
 * its id, what describes it and whether it is wrong as `aria`.
 */
export function Field({ path, isRequired, isGroup, help, problems = [], onMend, good, children, control }) {
	const id = idOf(path);
	const [name, around] = namesOf(path);
	const label = html`${name}${isRequired && html` <span class="t3 sm">required</span>`}${
		around && html`<span class="path-n"><${Breaking} path=${around} /></span>`
	}`;
	const aria = { id, "aria-describedby": `${id}_h`, "aria-invalid": problems.length > 0 ? "true" : null };
	return html`<div class="fld">
		${isGroup ? html`<span class="lab" id="${id}_l">${label}</span>` : html`<label for=${id} id="${id}_l">${label}</label>`}
		<div>
			${control ? control(aria) : children}
			<div id="${id}_h">
				<${Errors} problems=${problems} onMend=${onMend} />
				${problems.length === 0 && good && html`<div class="good any">${good}</div>`}
				${help && html`<div class="help any">${typeof help === "string" ? html`<${Help} text=${help} />` : help}</div>`}
			</div>
		</div>
	</div>`;
}

/**
 * What is being typed stays as it is typed for as long as it means what is in the document ("1." or an empty line mean
 * nothing yet); else the document's value is shown. → [shown, set]
 */
export function useTyped(value, { format, parse, onValue }) {
	const [typed, setTyped] = useState(null);
	const shown = typed !== null && isSame(parse(typed), value) ? typed : format(value);
	return [
		shown,
		(now) => {
			setTyped(now);
			if (!isSame(parse(now), value)) onValue(parse(now));
		},
	];
}
