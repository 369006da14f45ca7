// The form by sections, and the list of them at the left.
import { html } from "../../lib/html.js";
import { idOf } from "./field.js";
import { ConfigField, shownFields } from "./form.js";
import { Beside, Limits, Place } from "./identity.js";

/** Goes to a field; false: it is not shown. */
export function goToField(path) {
	const target = document.getElementById(idOf(path));
	if (!target) return false;
	target.scrollIntoView({ block: "center" });
	(target.matches("input, select, textarea") ? target : target.querySelector("button, input, select, textarea"))?.focus(
		{ preventScroll: true },
	);
	return true;
}

// What host_id comes to, once all is checked.
function hostIdGood({ form, edit, opened, check }) {
	if (check.state !== "checked") return null;
	const value = form.kit.valueAt(opened, ["host_id"]);
	if (value === "auto" && !check.hostId) return null;
	if (value === "auto")
		return check.hostId === edit.base.hostId
			? `This pipeline holds ${check.hostId}`
			: `Will be allocated: ${check.hostId}`;
	if (value === undefined) return null;
	return value === edit.base.hostId ? "This pipeline holds it" : "Free";
}

const isAt = (problem, keys) => !problem.inConfig && keys.every((key, i) => problem.keys[i] === key);

function Section({ id, title, children }) {
	return html`<section class="fs" id=${id} tabindex="-1" aria-label=${title}><h2>${title}</h2>${children}</section>`;
}

function Toc({ sections }) {
	const go = (id) => (event) => {
		event.preventDefault();
		const section = document.getElementById(id);
		section.scrollIntoView({ block: "start" });
		section.focus({ preventScroll: true });
	};
	// an address behind '#' is a page's
	return html`<nav class="toc" aria-label="Sections">
		${sections.map(
			({ id, title, wrong }) =>
				html`<a href="#${id}" onClick=${go(id)}>${title}${wrong > 0 && html`<span class="n bad" aria-label="${wrong} wrong">${wrong}</span>`}</a>`,
		)}
	</nav>`;
}

export function FormView({ form, edit, opened, update, check, quota, mend }) {
	const own = check.problems.filter(({ inConfig }) => !inConfig);
	const wrongOf = (field) => check.problems.filter((problem) => form.kit.fieldOf(problem, form.index) === field);
	const problemsAt = (...keys) => own.filter((problem) => isAt(problem, keys));
	const limits = own.filter((problem) => isAt(problem, ["limits"])).length;
	const sections = form.sections.map((section, i) => ({
		id: `s${i}`,
		title: section.title,
		fields: shownFields(form, opened, section),
		wrong: section.fields.flatMap(wrongOf).length + (i === 0 ? own.length - limits : 0),
	}));
	const beside = { edit, update, problemsAt, quota };
	const field = (one) =>
		html`<${ConfigField}
			key=${one.path}
			...${{ form, edit, opened, field: one }}
			problems=${wrongOf(one)}
			good=${one.path === "host_id" ? hostIdGood({ form, edit, opened, check }) : null}
			onMend=${mend}
			onText=${(text) => update({ text })}
		/>`;
	return html`
		<${Toc} sections=${[...sections, { id: "limits", title: "Limits", wrong: limits }]} />
		<div class="card" id="pane">
			${sections.map(
				({ id, title, fields }, i) =>
					html`<${Section} key=${id} id=${id} title=${title}>${i === 0 && html`<${Place} ...${beside} />`}${fields.map(field)}${i === 0 && html`<${Beside} ...${beside} />`}<//>`,
			)}
			<${Section} id="limits" title="Limits"><${Limits} ...${beside} /><//>
		</div>
	`;
}
