// What is sent to the API: a configuration as it is written, in an envelope with what stands beside it.

const INDENT = "  ";

/** What stands beside a configuration: {description, labels: {…}, limits: {…}}. */
export const emptyBeside = () => ({ description: "", labels: {}, limits: {} });

export const besideOf = ({ description = "", labels = {}, limits = {} }) => ({ description, labels, limits });

// A document's head, which has no place within another document; its line stays.
const withoutMark = (text) => text.replace(/^\uFEFF/, "").replace(/^(\s*)---[ \t]*(?=\r?\n|$)/, "$1");

/**
 * A body in YAML: the text as it is written (numbers keep their digits, lines their order), indented.
 * → {text, lines, columns}: how far the configuration stands from the body's beginning
 */
export function bodyOf(text, beside, more = {}) {
	const head = Object.entries({ ...more, ...beside }).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
	const config = withoutMark(text);
	if (!/^[ \t]*[^\s#]/m.test(config)) return { text: `${head.join("")}config: {}\n`, lines: head.length, columns: 0 };
	const indented = config.replace(/^(?=.*\S)/gm, INDENT);
	return {
		text: `${head.join("")}config:\n${indented}${config.endsWith("\n") ? "" : "\n"}`,
		lines: head.length + 1,
		columns: INDENT.length,
	};
}

/** What stands beside a configuration as the first lines of a text that shows both; nothing where there is nothing. */
export function besideText({ description, labels, limits }) {
	const lines = Object.entries({ description, labels, limits }).filter(
		([, value]) => value && Object.keys(value).length > 0,
	);
	return lines.map(([key, value]) => `# ${key}: ${JSON.stringify(value)}\n`).join("");
}

const MEMBERS = ["config", "name", "description", "labels", "limits", "desired_state"];

/** Is an object an envelope? Then → {config, beside, name}, else null. */
export function envelopeIn(value) {
	if (value === null || typeof value !== "object" || typeof value.config !== "object" || value.config === null)
		return null;
	if (!Object.keys(value).every((key) => MEMBERS.includes(key))) return null;
	const { config, name, description = "", labels = {}, limits = {} } = value;
	return { config, name: name ?? "", beside: { description, labels: labels ?? {}, limits: limits ?? {} } };
}
