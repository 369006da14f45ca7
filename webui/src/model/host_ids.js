// host_ids: which are taken, and by whom.

/** The longest that one may be. */
const LONGEST = 128;

/** The first of like-2, like-3, … that is free. held: Set of those that are not. */
export function freeLike(like, held) {
	let number = 2;
	const named = () => {
		const end = `-${number}`;
		return like.slice(0, LONGEST - end.length) + end;
	};
	while (held.has(named())) number++;
	return named();
}

const byId = (a, b) => (a.host_id < b.host_id ? -1 : a.host_id > b.host_id ? 1 : 0);

/** items: GET /v1/host-ids → those that have the text in id, tenant or name, by id. */
export function findHostIds(items, text) {
	const words = text.trim().toLowerCase();
	const has = ({ host_id: id, tenant, name }) => `${id} ${tenant}/${name}`.toLowerCase().includes(words);
	return (words ? items.filter(has) : [...items]).sort(byId);
}

/** What a text is as a host_id: null (nothing was given), or {id, holder: an item or null, free: an own one where it is held} */
export function lookUp(items, text) {
	const id = text.trim();
	if (!id) return null;
	const holder = items.find((item) => item.host_id === id) ?? null;
	return {
		id,
		holder,
		free: holder && freeLike(id, new Set(items.map((item) => item.host_id))),
		tooLong: id.length > LONGEST,
	};
}
