// Lines of a pipeline's log: their parts, what is found in them, and those that are kept.

/** Lines are drawn in blocks of so many, of which one that is whole does not change. */
export const BLOCK = 100;

const LINE = /^(\d{4}-\d\d-\d\dT\S+) (debug|info|warn|error) (\S+) ?([^]*)$/;
// key=value, at the beginning or behind a space: no part of a URL's query
const PAIR = /(^|\s)([A-Za-z_][\w.-]*=(?:"[^"]*"|\S+))/g;

/** own: the pipeline's tenant/name, which each line says and nobody needs to read. → {time, level, component, message} */
export function parseLine(text, own) {
	const [, time = "", level = "", component = "", rest = text] = LINE.exec(text) ?? [];
	return { time, level, component, message: rest.startsWith(`${own} `) ? rest.slice(own.length + 1) : rest };
}

/** What is searched for, as an expression that finds all places; null: nothing. */
export const searchFor = (words) => (words ? new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi") : null);

function placesOf(text, expression, group) {
	return Array.from(text.matchAll(expression), (match) => {
		const from = match.index + (group ? match[1].length : 0);
		return [from, from + match[group].length];
	});
}

const isIn = (places, at) => places.some(([from, to]) => at >= from && at < to);

/** A text in pieces that are alike: {text, pair: belongs to a key=value, hit: was searched for}. */
export function piecesOf(text, search, withPairs = true) {
	const pairs = withPairs ? placesOf(text, PAIR, 2) : [];
	const hits = search ? placesOf(text, search, 0) : [];
	const cuts = [...new Set([0, ...pairs.flat(), ...hits.flat()])]
		.filter((at) => at < text.length)
		.sort((a, b) => a - b);
	return cuts.map((at, i) => ({ text: text.slice(at, cuts[i + 1]), pair: isIn(pairs, at), hit: isIn(hits, at) }));
}

/** texts: the columns of one line. */
export const isFound = (texts, search) => texts.some((text) => text.search(search) >= 0);

/**
 * The newest lines. After again(), lines that were taken before are told once more and not taken: they are those from
 * `since` on.
 */
export function createLog(own, { most = 5000, block = BLOCK } = {}) {
	let lines = [];
	let total = 0;
	let told = new Map(); // how often each line that may come again was taken

	return {
		take(text) {
			const times = told.get(text) ?? 0;
			if (times > 0) {
				told.set(text, times - 1);
				return;
			}
			lines.push({ n: total++, text, ...parseLine(text, own) });
			if (lines.length > most * 1.1) lines = lines.slice(-most);
		},
		/** Before the lines are asked for again: the time from which on they are needed; "": nothing was taken yet. */
		again() {
			const since = lines.findLast(({ time }) => time)?.time ?? "";
			told = new Map();
			for (const { time, text } of lines) if (time >= since) told.set(text, (told.get(text) ?? 0) + 1);
			return since;
		},
		/** {lines: at most `most`, from the beginning of a block on; total: of all that were ever taken} */
		view: () => ({
			lines: lines.slice(lines.length - total + Math.ceil(Math.max(0, total - most) / block) * block),
			total,
		}),
	};
}

/** Lines by the block they belong to: [[line, …], …]. */
export function blocksOf(lines, block = BLOCK) {
	const blocks = [];
	for (let i = 0; i < lines.length;) {
		const next = i + block - (lines[i].n % block);
		blocks.push(lines.slice(i, next));
		i = next;
	}
	return blocks;
}
