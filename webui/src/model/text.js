// Texts with marks: `x` is code, [x](y) a link, {x} what is filled in. What comes from outside is filled in, never parsed.
const MARKS = /`([^`]+)`|\[([^\]]+)\]\((\w+)\)|\{(\w+)\}/g;

/** → [text | {code} | {link, text} | {value}, …] */
export function parts(text, values = {}) {
	const found = [];
	let from = 0;
	for (const match of text.matchAll(MARKS)) {
		if (match.index > from) found.push(text.slice(from, match.index));
		from = match.index + match[0].length;
		if (match[1]) found.push({ code: match[1] });
		else if (match[2]) found.push({ link: match[3], text: match[2].replaceAll("`", "") });
		else found.push({ value: String(values[match[4]] ?? "") });
	}
	if (from < text.length) found.push(text.slice(from));
	return found;
}

/** Of parts, as one reads them. */
export const plain = (list) =>
	list.map((part) => (typeof part === "string" ? part : (part.code ?? part.text ?? part.value))).join("");

/** Texts from outside may be of any length. */
export const clip = (text, most = 300) => (text.length > most ? `${text.slice(0, most)}…` : text);
