// YAML as text whose keys, comments and hidden secrets stand back.
import { html } from "../lib/html.js";

const KEY = /^(\s*(?:- +)*)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[{&*!|>%@`-][^#]*?|-[^\s#][^#]*?)(:)(?=\s|$)(.*)$/;
const COMMENT = /^(.*?(?:^|\s))(#.*)$/;
const SECRET = /^(\s*)(\{ ?set: true ?\})(.*)$/;

function Value({ text }) {
	const [, before, secret, after] = SECRET.exec(text) ?? [];
	if (secret) return html`${before}<span class="t3">${secret}</span>${after}`;
	// a '#' within quotes is none
	const [, value, comment] = (!/["']/.test(text) && COMMENT.exec(text)) || [];
	return comment ? html`${value}<span class="cm">${comment}</span>` : text;
}

/** One line, without its end. */
export function YamlLine({ text }) {
	const [, before, key, colon, value] = KEY.exec(text) ?? [];
	if (key === undefined) return html`<${Value} text=${text} />`;
	return html`${before}<span class="k1">${key}</span>${colon}<${Value} text=${value} />`;
}

/** A text of any number of lines, for within a <pre>. */
export const Yaml = ({ text }) => text.split("\n").map((line) => html`<bdi><${YamlLine} text=${line} /></bdi>${"\n"}`);
