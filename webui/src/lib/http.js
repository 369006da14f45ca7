// Calls of the REST API.

/** What the server refused, or that it does not answer (status 0). */
export class Problem extends Error {
	constructor(status, body) {
		super(body.detail ?? body.title ?? "The server has not said why.");
		this.status = status;
		this.code = body.code ?? "";
		this.errors = body.errors ?? [];
		this.requestId = body.request_id ?? "";
		this.body = body;
	}
}

const hooks = { csrf: () => null, ended: () => {} };

/** csrf(): the token that writes need; ended(problem): the session is over. */
export function configureHttp(given) {
	Object.assign(hooks, given);
}

const NO_ANSWER = { code: "no_answer", detail: "Sluice does not answer." };

async function send(method, path, { body, type, headers, signal }) {
	const fields = { Accept: "application/json", ...headers };
	const csrf = hooks.csrf();
	if (method !== "GET" && csrf) fields["X-CSRF-Token"] = csrf;
	if (body !== undefined) fields["Content-Type"] = type ?? "application/json";
	try {
		return await fetch(path, {
			method,
			headers: fields,
			body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
			signal,
			credentials: "same-origin",
		});
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new Problem(0, NO_ANSWER);
	}
}

async function problemOf(response, text) {
	let body;
	try {
		body = JSON.parse(text);
	} catch {
		body = { detail: `The server answers ${response.status}.` };
	}
	const problem = new Problem(response.status, body);
	problem.retryAfter = Number(response.headers.get("Retry-After")) || 0;
	return problem;
}

/**
 * One call. body: an object (sent as JSON) or a text of the given type. → {status, body, etag}, body being the object of a
 * JSON answer, else a text. Throws Problem.
 */
export async function request(method, path, options = {}) {
	const response = await send(method, path, options);
	let text;
	try {
		text = await response.text();
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new Problem(0, NO_ANSWER);
	}
	if (!response.ok) {
		const problem = await problemOf(response, text);
		if (problem.status === 401 && !options.open) hooks.ended(problem);
		throw problem;
	}
	const isJson = /\bjson\b/.test(response.headers.get("Content-Type") ?? "");
	return {
		status: response.status,
		body: isJson && text ? JSON.parse(text) : text,
		etag: response.headers.get("ETag"),
	};
}

/** All items of a list, page by page. path may have a query. */
export async function requestAll(path, options) {
	const items = [];
	let token = null;
	do {
		const mark = path.includes("?") ? "&" : "?";
		const page = await request("GET", token ? `${path}${mark}page_token=${encodeURIComponent(token)}` : path, options);
		items.push(...page.body.items);
		token = page.body.next_page_token;
	} while (token);
	return items;
}

/** The answer as it comes (server-sent events). Throws Problem. */
export async function openStream(path, { headers, signal } = {}) {
	const response = await send("GET", path, { headers: { Accept: "text/event-stream", ...headers }, signal });
	if (response.ok) return response.body;
	const problem = await problemOf(response, await response.text().catch(() => ""));
	if (problem.status === 401) hooks.ended(problem);
	throw problem;
}

const part = encodeURIComponent;
/** /v1/tenants/{t}/pipelines/{name}[rest] */
export const pipelinePath = (tenant, name, rest = "") => `/v1/tenants/${part(tenant)}/pipelines/${part(name)}${rest}`;
export const tenantPath = (tenant, rest = "") => `/v1/tenants/${part(tenant)}${rest}`;
