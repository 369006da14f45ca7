// The step in which one writes: form or YAML, and beside it what is right and wrong with it.
import { useEffect, useState } from "preact/hooks";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { currentRoute, setQuery, useRoute } from "../../lib/route.js";
import { Segments } from "../../parts/segments.js";
import { FormView, goToField } from "./form_view.js";
import { Side } from "./side.js";
import { selectInYaml, YamlView } from "./yaml_view.js";

const MOST_BYTES = 64 * 1024;

/** What a new one begins with, for as long as nothing is written yet. */
function Starts({ form, edit, update }) {
	const start = form.kit.STARTS.find(({ text }) => text === edit.text);
	if (!edit.isNew || !start) return null;
	const choose = (id) => update({ text: form.kit.STARTS.find((one) => one.id === id).text });
	return html`<div class="row starts">
		<span class="t2" id="starts">Start with</span>
		<${Segments} labelledBy="starts" options=${form.kit.STARTS.map(({ id, label }) => [id, label])} value=${start.id} onChange=${choose} />
	</div>`;
}

// A text from elsewhere: a configuration, or one with what stands beside it.
function takeWhole({ kit, schema }, edit, text) {
	const envelope = kit.envelopeIn(kit.objectOf(kit.openDocument(text)));
	if (!envelope) return { text };
	const name = edit.isNew && envelope.name ? { name: String(envelope.name) } : {};
	return { text: kit.textOfConfig(envelope.config, schema), beside: envelope.beside, ...name };
}

function useFile(form, edit, update) {
	const [told, setTold] = useState(null);
	async function open(file) {
		if (!file) return;
		if (file.size > MOST_BYTES) return setTold({ text: `${file.name} is larger than 64 KiB: a configuration is not.` });
		const before = { text: edit.text, beside: edit.beside, name: edit.name };
		update(takeWhole(form, edit, await file.text()));
		setTold({ text: `This is ${file.name}.`, undo: () => (update(before), setTold(null)) });
	}
	const line =
		told &&
		html`<div class="note" role="status">
			<span class="grow any">${told.text}</span>
			${told.undo && html`<button type="button" class="btn s" onClick=${told.undo}>Back to what was here</button>`}
			<button type="button" class="btn s" onClick=${() => setTold(null)}>Close</button>
		</div>`;
	return [open, line];
}

// Where a problem is: its field, else its line.
function useGoing(form) {
	const { query } = useRoute();
	const [going, setGoing] = useState(null);
	const isYaml = query.get("view") === "yaml";
	useEffect(() => {
		if (!going || going.inConfig !== isYaml) return;
		if (isYaml) selectInYaml(going);
		else goToField(going.keys.join("."));
		setGoing(null);
	}, [going, isYaml]);
	return (problem) => {
		if (isYaml && problem.offset !== undefined) return selectInYaml(problem);
		const field = problem.inConfig ? form.kit.fieldOf(problem, form.index)?.path : problem.keys.join(".");
		if (!isYaml && field && goToField(field)) return undefined;
		setQuery({ view: problem.inConfig ? "yaml" : "form" });
		setGoing(problem);
		return undefined;
	};
}

export function Write({ form, edit, opened, update, check, quota, mayWrite, home, review, mend }) {
	const view = currentRoute().query.get("view") === "yaml" || opened.errors.length > 0 ? "yaml" : "form";
	const [openFile, fileLine] = useFile(form, edit, update);
	const go = useGoing(form);
	const placed = check.problems.filter(({ inConfig }) => inConfig);
	const type = (text, { isPaste }) => update((now) => (isPaste ? takeWhole(form, now, text) : { text }));
	const valueOf = (path) => form.kit.valueAt(opened, path.split(".")) ?? form.index.get(path)?.fallback;
	const shown = { form, edit, opened, update, check, quota, mend };
	return html`
		<${Starts} form=${form} edit=${edit} update=${update} />
		${fileLine}
		<div class="edit">
			${view === "yaml" ? html`<${YamlHelp} isBroken=${opened.errors.length > 0} />` : null}
			${
				view === "yaml"
					? html`<${YamlView} text=${edit.text} problems=${placed} onText=${type} onFile=${openFile} />`
					: html`<${FormView} ...${shown} />`
			}
			<${Side} ...${{ form, edit, opened, check, mayWrite }} summary=${form.kit.summaryOf(valueOf, number)} cancelHref=${home} onGo=${go} onMend=${mend} onReview=${review} />
		</div>
	`;
}

const YamlHelp = ({ isBroken }) =>
	html`<div class="toc sm t3">
		<p>One document, 64 KB at most. The form shows the same fields${isBroken ? " once this is YAML again" : ""}.</p>
		<p class="pad-t"><kbd>Ctrl</kbd> <kbd>Enter</kbd> review</p>
	</div>`;
