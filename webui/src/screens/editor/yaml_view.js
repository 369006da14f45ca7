// The configuration as text: a text field over the same text in colours, with line numbers and what is wrong.
import { useRef } from "preact/hooks";
import { html } from "../../lib/html.js";
import { memo } from "../../lib/memo.js";
import { CopyButton } from "../../parts/copy.js";
import { YamlLine } from "../../parts/yaml.js";

function marked(text, { column, length }) {
	const from = Math.min(column - 1, text.length);
	const end = Math.min(from + length, text.length);
	return html`${text.slice(0, from)}<span class="e">${text.slice(from, end) || " "}</span>${text.slice(end)}`;
}

// Only lines that are others are drawn again: a text may have thousands.
const Line = memo(
	({ text, column, length }) =>
		html`${column ? marked(text, { column, length }) : html`<${YamlLine} text=${text} />`}${"\n"}`,
);

const Numbers = ({ lines, wrong }) =>
	html`<div class="gut" aria-hidden="true">
		${lines.map((_, i) => html`${wrong.has(i + 1) ? html`<span class="e">${i + 1}</span>` : i + 1}${"\n"}`)}
	</div>`;

// A new line begins where the one before began.
function keepIndent(event) {
	if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
	const { value, selectionStart } = event.target;
	const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
	const indent = /^\s*/.exec(line)[0] + (/:\s*$/.test(line) ? "  " : "");
	// insertText, so that the browser can undo it
	if (indent && document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault();
}

const ID = "yaml";

/** Goes to a place in the text. */
export function selectInYaml({ offset, length }) {
	const area = document.getElementById(ID);
	if (!area || offset === undefined) return;
	area.focus({ preventScroll: true });
	area.setSelectionRange(offset, offset + length);
	const line = area.value.slice(0, offset).split("\n").length;
	const top =
		area.getBoundingClientRect().top +
		scrollY +
		(line / Math.max(1, area.value.split("\n").length)) * area.offsetHeight;
	scrollTo({ top: top - innerHeight / 2 });
}

function FileButton({ onFile }) {
	const ref = useRef(null);
	const chosen = (event) => {
		onFile(event.target.files[0]);
		event.target.value = "";
	};
	return html`<button type="button" class="btn s" onClick=${() => ref.current.click()}>Open file</button>
		<input ref=${ref} type="file" hidden accept=".yml,.yaml,.json,text/*" onChange=${chosen} />`;
}

/** problems: with line, column and length; onText(text, {isPaste}); onFile: a File that was opened or dropped. */
export function YamlView({ text, problems, onText, onFile }) {
	const lines = text.split("\n");
	const wrong = new Map(problems.filter(({ line }) => line).map((problem) => [problem.line, problem]));
	const drop = (event) => {
		const [file] = event.dataTransfer.files;
		if (!file) return;
		event.preventDefault();
		onFile(file);
	};
	return html`<div class="card" id="pane" onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
		<div class="hd">
			<span class="t3 sm">Paste a configuration, or drop its file here.</span>
			<div class="end"><${FileButton} onFile=${onFile} /><${CopyButton} text=${text} label="Copy" about="the YAML" /></div>
		</div>
		<div class="ed">
			<${Numbers} lines=${lines} wrong=${wrong} />
			<div class="pane">
				<div class="sheet">
					<pre aria-hidden="true">${lines.map((line, i) => {
						const { column, length } = wrong.get(i + 1) ?? {};
						return html`<${Line} text=${line} column=${column} length=${length} />`;
					})}</pre>
					<textarea
						id=${ID}
						wrap="off"
						spellcheck=${false}
						autocapitalize="off"
						autocomplete="off"
						aria-label="Configuration as YAML"
						aria-describedby="found"
						aria-invalid=${problems.length > 0 ? "true" : null}
						value=${text}
						onKeyDown=${keepIndent}
						onInput=${(event) => onText(event.target.value, { isPaste: event.inputType === "insertFromPaste" })}
					></textarea>
				</div>
			</div>
		</div>
	</div>`;
}
