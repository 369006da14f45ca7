// What is not saved yet, kept for as long as the browser's tab is open: through a reload, a lost connection, the end of a
// session. Without secrets, and for the token alone that wrote it.

const keyOf = ({ isNew, tenant, name }) => (isNew ? "sluice.draft new" : `sluice.draft ${tenant}/${name}`);

/** Keeps it; while the text cannot be read, what was kept before stays: nobody can tell what of it is a secret. */
export function keepDraft(form, edit, opened, tokenId) {
	const clean = form.kit.withoutSecrets(opened, form.secrets);
	if (!clean) return;
	const { isNew, tenant, name, beside, start, base } = edit;
	const draft = { tokenId, isNew, tenant, name, beside, start, base, text: clean.text, lost: clean.lost };
	try {
		sessionStorage.setItem(keyOf(edit), JSON.stringify(draft));
	} catch {
		// a browser that keeps nothing: until the page is left
	}
}

export function dropDraft(edit) {
	try {
		sessionStorage.removeItem(keyOf(edit));
	} catch {
		// nothing was kept
	}
}

/** What was kept of it by this token, or null. */
export function keptDraft(place, tokenId) {
	try {
		const draft = JSON.parse(sessionStorage.getItem(keyOf(place)));
		if (draft && draft.tokenId === tokenId) return draft;
		if (draft) dropDraft(place);
	} catch {
		// none
	}
	return null;
}
