// The top bar, and what surrounds each page.
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { useRoute } from "../lib/route.js";
import { Said } from "../lib/say.js";
import { useStore } from "../lib/store.js";
import { toggleTheme } from "../lib/theme.js";
import { usePhase } from "../state/live.js";
import { logout, session } from "../state/session.js";
import { Glyph, Icon } from "./glyph.js";

const PAGES = [
	["pipelines", "Pipelines"],
	["subscriptions", "Subscriptions"],
	["tenants", "Tenants", "admin"],
	["host-ids", "Host IDs", "admin"],
	["audit", "Audit", "admin"],
];

const PHASES = {
	loading: ["starting", "Connecting"],
	live: ["running", "Live"],
	reconnecting: ["backoff", "Reconnecting"],
	unreachable: ["failed", "Unreachable"],
};

function Navigation({ role }) {
	const at = useRoute().path[0];
	return html`<nav class="nav" aria-label="Main">
		${PAGES.filter(([, , needs]) => !needs || needs === role).map(
			([page, text]) =>
				html`<a href=${`#/${page}`} aria-current=${at === page || (at === "new" && page === "pipelines") ? "page" : null}>${text}</a>`,
		)}
	</nav>`;
}

function TopBar() {
	const { me } = useStore(session);
	const [glyph, text] = PHASES[usePhase()];
	return html`<header class="top">
		<div>
			<a class="brand" href="#/pipelines"><${Icon} name="logo" />Sluice</a>
			<${Navigation} role=${me.role} />
			<div class="end">
				<span class="live" role="status"><${Glyph} name=${glyph} />${text}</span>
				<span class="who" title=${`token ${me.token_id}`}>
					<bdi class="el">${me.description || me.tenant || me.token_id}</bdi><span class="t3 role">${me.role}</span>
				</span>
				<button type="button" class="icon" aria-label="Light or dark" title="Light or dark (t)" onClick=${toggleTheme}>
					<${Icon} name="theme" />
				</button>
				<button type="button" class="btn quiet s" onClick=${logout}>Log out</button>
			</div>
		</div>
	</header>`;
}

/** title: of the browser's tab. */
export function Frame({ title, children }) {
	const phase = usePhase();
	useKeys({ t: toggleTheme });
	useEffect(() => {
		document.title = `${title} · Sluice`;
	}, [title]);
	return html`<a class="skip" href="#main" onClick=${skip}>Skip to content</a>
		<${TopBar} />
		<main id="main" tabindex="-1" class=${phase === "reconnecting" ? "frozen" : null}>${children}</main>
		<${Said} />`;
}

// "#main" would be taken for a page's address
function skip(event) {
	event.preventDefault();
	document.getElementById("main").focus();
}
