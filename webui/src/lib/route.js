// Where one is, and what one filters for: always in the address, behind '#'.
import { createStore, useStore } from "./store.js";

function read() {
	const [path, query] = location.hash.slice(1).split("?");
	const segments = (path || "/pipelines").split("/").filter(Boolean).map(decode);
	return { path: segments, query: new URLSearchParams(query || "") };
}

function decode(segment) {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

const route = createStore(read());
let guard = null;
let here = location.hash;

addEventListener("hashchange", () => {
	const href = location.hash;
	if (guard && !guard(read(), href)) {
		history.pushState(null, "", here || "#/");
		return;
	}
	here = href;
	route.set(read());
});

/**
 * Asks before the page is left: may(route, href) → false keeps it, and what was gone to can be gone to later with navigate().
 * → a function that ends it.
 */
export function guardLeaving(may) {
	guard = may;
	return () => {
		if (guard === may) guard = null;
	};
}

/** {path: ["pipelines", tenant, name, tab], query: URLSearchParams} */
export const useRoute = () => useStore(route);
export const currentRoute = () => route.get();

/** Is one on this page, or below it? An answer that comes later carries nobody away who has gone elsewhere meanwhile. */
export const isAt = (segments) => segments.every((segment, i) => route.get().path[i] === segment);

/** "#/a/b?x=1" of segments and of a query's object; empty values are left out. */
export function hrefTo(segments, query = {}) {
	const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
	return `#/${segments.map(encodeURIComponent).join("/")}${search.size > 0 ? `?${legible(search)}` : ""}`;
}

// ':' ',' and '>' of a filter stay as they are typed
const legible = (search) =>
	String(search).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3E/g, ">").replace(/%2F/g, "/");

/** Goes to another page; with replace the present one is no stop of the browser's Back. */
export function navigate(href, { replace = false } = {}) {
	if (!replace) {
		location.hash = href.replace(/^#/, "");
		return;
	}
	history.replaceState(null, "", href);
	here = location.hash;
	route.set(read());
}

/** Changes values of the present page's query; an empty one is removed. */
export function setQuery(values) {
	const { path, query } = route.get();
	navigate(hrefTo(path, { ...Object.fromEntries(query), ...values }), { replace: true });
}
