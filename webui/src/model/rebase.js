// One's own changes on top of what somebody else has saved meanwhile.
import { objectOf, openDocument, removeValue, setValue, textOf } from "./document.js";
import { mergeOf } from "./merge.js";

const whole = (config, beside) => ({ config, ...beside });

// Changes [{keys, value}] of an object of objects, in a copy.
function changed(object, changes) {
	const copy = structuredClone(object);
	for (const { keys, value } of changes) {
		const around = keys.slice(0, -1).reduce((part, key) => (part[key] ??= {}), copy);
		if (value === undefined) delete around[keys.at(-1)];
		else around[keys.at(-1)] = value;
	}
	return copy;
}

/** edit with what the others changed in it: {base, text, beside, conflicts: [{keys, mine, theirs}]}; null: the text cannot be read. */
export function onTopOf(schema, edit, base) {
	const opened = openDocument(edit.text);
	const mine = objectOf(opened);
	if (!mine) return null;
	const merge = mergeOf(
		whole(edit.base.config, edit.base.beside),
		whole(mine, edit.beside),
		whole(base.config, base.beside),
	);
	return { ...taken(schema, edit, merge.theirs), base, conflicts: merge.conflicts };
}

/** What edit is with changes of the whole (config and what stands beside it): {text, beside}. */
export function taken(schema, edit, changes) {
	const opened = openDocument(edit.text);
	const ofConfig = changes.filter(({ keys }) => keys[0] === "config");
	for (const { keys, value } of ofConfig) {
		if (value === undefined) removeValue(opened, keys.slice(1));
		else setValue(opened, keys.slice(1), value, schema);
	}
	const text = ofConfig.length > 0 ? textOf(opened) : edit.text;
	return {
		text,
		beside: changed(
			edit.beside,
			changes.filter(({ keys }) => keys[0] !== "config"),
		),
	};
}
