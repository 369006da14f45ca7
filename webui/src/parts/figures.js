// Figures: zero is grey, a unit is grey, what is unknown is a dash.
import { bytesParts, number, rate, SPACE } from "../lib/format.js";
import { html } from "../lib/html.js";

const ZERO = html`<span class="z">0</span>`;
const UNKNOWN = html`<span class="z">–</span>`;
const isUnknown = (value) => value === null || value === undefined;

export const Num = ({ value }) => (isUnknown(value) ? UNKNOWN : value ? number(value) : ZERO);
export const Rate = ({ value }) => (isUnknown(value) ? UNKNOWN : value ? rate(value) : ZERO);

export function Bytes({ value }) {
	if (isUnknown(value)) return UNKNOWN;
	if (!value) return ZERO;
	const [figure, unit] = bytesParts(value);
	return html`${figure}${SPACE}<span class="u">${unit}</span>`;
}
