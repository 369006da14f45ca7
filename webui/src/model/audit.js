// The audit trail: what is looked for in it, and what a row says in words.
import { bytes, count, stamp } from "../lib/format.js";

const KEYS = ["action", "who", "tenant", "pipeline", "since"];

/** "who:local since:1h edge" → {q: "edge", who: "local", since: "1h"} */
export function parseFilter(text) {
	const filter = {};
	const words = [];
	for (const word of text.trim().split(/\s+/).filter(Boolean)) {
		const [, key, value] = /^(\w+):(.+)$/.exec(word) ?? [];
		if (KEYS.includes(key)) filter[key] = value;
		else words.push(word);
	}
	return words.length > 0 ? { ...filter, q: words.join(" ") } : filter;
}

/** The address of a page of the trail. */
export function auditPath(filter, { limit = 100, token } = {}) {
	const query = new URLSearchParams({ ...filter, limit, ...(token ? { page_token: token } : {}) });
	return `/v1/audit?${query}`;
}

/** A row has no number: what makes it this one. */
export const rowKey = (row) => [row.at, row.request_id, row.action, row.tenant, row.name].join(" ");

/**
 * rows as they are shown, page: the newest ones as they are now → {fresh: those of the page that are not shown yet, joined:
 * does the page reach those that are shown}
 */
export function freshRows(rows, page) {
	const shown = new Set(rows.map(rowKey));
	const at = page.findIndex((row) => shown.has(rowKey(row)));
	return { fresh: at < 0 ? page : page.slice(0, at), joined: at >= 0 };
}

/**
 * What was asked for and what came of it: {action, status: null when it was done, else that of the refusal}. A row of a change that was
 * refused has them in its detail.
 */
export function attemptOf({ action, detail }) {
	return action === "refused" ? { action: detail.action, status: detail.status } : { action, status: null };
}

const isPipeline = ({ action }) => action.startsWith("pipeline.");

/** What it was done to: {text, path: the address's segments where there is a page of it} */
export function targetOf(row) {
	const { tenant, name } = row;
	const { action } = attemptOf(row);
	// nobody is told whom a stranger's attempt was about
	if (!tenant && !name) return { text: "", path: null };
	if (isPipeline({ action }) && !name) return { text: `tenant ${tenant}`, path: ["tenants", tenant] };
	if (isPipeline({ action })) return { text: `${tenant}/${name}`, path: ["pipelines", tenant, name] };
	if (action.startsWith("tenant.")) return { text: `tenant ${name}`, path: ["tenants", name] };
	if (action.startsWith("token."))
		return { text: `token ${name}${tenant ? ` of ${tenant}` : ""}`, path: tenant ? ["tenants", tenant] : ["tenants"] };
	return { text: name ?? "", path: null };
}

const said = {
	level: (level) => (level === null ? "log level as for all" : `log level ${level}`),
	import: (value) => value && "by an import",
	role: (role) => role,
	description: (text) => text,
	expires_at: (time) => (time ? `expires ${stamp(time).slice(0, 10)}` : "never expires"),
	restored_from: (revision) => `copy of revision ${revision}`,
	discarded: ({ flows, objects, bytes: size }) =>
		`thrown away unwritten: ${count(flows ?? 0, "flow")} in ${count(objects ?? 0, "object")}${size ? `, ${bytes(size)}` : ""}`,
};

/** detail in words: names of fields and numbers, never values of secrets, as the server tells it. */
export function changeOf({ action, detail }) {
	if (action === "refused") {
		const more = detail.not_kept ? `; ${count(detail.not_kept, "refusal")} before it not kept` : "";
		return `${detail.detail} (${detail.code})${more}`;
	}
	const { revision, summary, ...rest } = detail ?? {};
	const parts = [];
	if (revision !== undefined) parts.push(summary ? `revision ${revision}: ${summary}` : `revision ${revision}`);
	else if (summary) parts.push(summary);
	for (const [key, value] of Object.entries(rest)) {
		const words =
			Object.hasOwn(said, key) && value !== undefined
				? said[key](value)
				: `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`;
		if (words) parts.push(words);
	}
	return parts.join(", ");
}

/** Who did it, as one knows them; role: beside it where it is no token. */
export function actorOf({ who, who_description: description, token_id: token }) {
	if (who === "local") return "on the machine";
	if (who === "sluiced") return "Sluice itself";
	if (who === "nobody") return "(none)";
	return description || who || token || "–";
}
