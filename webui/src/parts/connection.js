// What the page says of its own connection to the server.
import { clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useStore } from "../lib/store.js";
import { live, tryNow } from "../state/live.js";
import { CopyButton } from "./copy.js";
import { Glyph } from "./glyph.js";
import { Countdown } from "./times.js";

/** The line at the top of each page while the connection is lost; nothing while it is there. */
export function ConnectionLine() {
	const { phase, lostAt, nextTry } = useStore(live);
	if (phase !== "reconnecting") return null;
	// the countdown stands outside of what is announced: it would be said anew each second
	return html`<div class="note warn">
		<${Glyph} name="backoff" />
		<span class="grow">
			<span role="status">
				<b class="b">Connection to Sluice lost at ${clock(lostAt)}.</b> What you see is from then; nothing has been cleared.
			</span>
			${nextTry && html` Next try in <${Countdown} time=${nextTry} />.`}
		</span>
		<button type="button" class="btn s" onClick=${tryNow}>Try now</button>
	</div>`;
}

/** In place of a page that has never had anything to show. */
export function Unreachable({ nextTry, onTry = tryNow }) {
	const command = `curl -sS ${location.origin}/readyz`;
	return html`<div class="card empty" role="alert">
		<h1>Sluice does not answer</h1>
		<p>
			No connection to ${location.host}. Pipelines run on without this page.
			${nextTry && html`<span aria-hidden="true"> Next try in <${Countdown} time=${nextTry} />.</span>`}
		</p>
		<div class="code"><pre>${command}</pre><${CopyButton} text=${command} quiet=${false} /></div>
		<p class="pad-t"><button type="button" class="btn" onClick=${onTry}>Try now</button></p>
	</div>`;
}
