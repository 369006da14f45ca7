// Light or dark: the system's, unless one has said otherwise in this browser.
const KEY = "sluice.theme";

function stored() {
	try {
		return localStorage.getItem(KEY);
	} catch {
		return null;
	}
}

export function applyTheme() {
	const theme = stored();
	if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}

export function toggleTheme() {
	const root = document.documentElement;
	const isDark = root.dataset.theme
		? root.dataset.theme === "dark"
		: matchMedia("(prefers-color-scheme: dark)").matches;
	root.dataset.theme = isDark ? "light" : "dark";
	try {
		localStorage.setItem(KEY, root.dataset.theme);
	} catch {
		// a browser that keeps nothing: until the page is left
	}
}
