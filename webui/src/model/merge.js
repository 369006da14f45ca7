// What another has changed meanwhile, and what that means for one's own changes: three objects, field by field.
import { isSame } from "../lib/same.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** [{keys, value}] that make before to after; value undefined: it is gone. */
export function changesOf(before, after, keys = []) {
	if (isSame(before, after)) return [];
	if (!isObject(before) || !isObject(after)) return [{ keys, value: after }];
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	return [...names].flatMap((name) => changesOf(before[name], after[name], [...keys, name]));
}

const at = (object, keys) => keys.reduce((value, key) => value?.[key], object);

/**
 * base: what both began with. → {theirs: [{keys, value}] that mine can take over, conflicts: [{keys, mine, theirs}] that both
 * have changed, each otherwise}
 */
export function mergeOf(base, mine, theirs) {
	const own = changesOf(base, mine).map(({ keys }) => keys);
	const touches = (keys) => own.some((other) => other.every((key, i) => i >= keys.length || key === keys[i]));
	const taken = [];
	const conflicts = [];
	for (const { keys, value } of changesOf(base, theirs)) {
		if (!touches(keys)) taken.push({ keys, value });
		else if (!isSame(at(mine, keys), value)) conflicts.push({ keys, mine: at(mine, keys), theirs: value });
	}
	return { theirs: taken, conflicts };
}
