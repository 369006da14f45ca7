// The difference of two texts, line by line. With the library `diff`: loaded when it is needed.
import { diffLines } from "diff";

const lineUp = (text) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

function allRows(before, after) {
	const rows = [];
	let [old, fresh] = [0, 0];
	for (const { value, added, removed } of diffLines(lineUp(before), lineUp(after))) {
		for (const text of value.split("\n").slice(0, -1)) {
			if (!added) old++;
			if (!removed) fresh++;
			rows.push({
				kind: added ? "add" : removed ? "del" : "",
				old: added ? "" : old,
				fresh: removed ? "" : fresh,
				text,
			});
		}
	}
	return rows;
}

/**
 * Rows {kind: add, del or "", old, fresh (line numbers; "" where it is not), text}, and in place of lines that are the same
 * and far from a change {kind: "fold", count}. Nothing but a fold, or no row: no difference.
 */
export function differences(before, after, context = 3) {
	const rows = allRows(before, after);
	const near = new Uint8Array(rows.length);
	rows.forEach(({ kind }, i) => kind && near.fill(1, Math.max(0, i - context), i + context + 1));
	const shown = [];
	for (let i = 0; i < rows.length; i++) {
		const last = shown.at(-1);
		if (near[i]) shown.push(rows[i]);
		else if (last?.kind === "fold") last.count++;
		else shown.push({ kind: "fold", count: 1 });
	}
	return shown;
}
