import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useStore } from "../lib/store.js";
import { now, useNow } from "../lib/time.js";
import { Icon } from "../parts/glyph.js";
import { Countdown } from "../parts/times.js";
import { login, session } from "../state/session.js";

const UNKNOWN = "This token is unknown, expired or revoked.";

function Message({ problem, until, ended }) {
	// heard is when, once: the countdown would be said anew each second
	if (until)
		return html`Too many failed tries from this address.${" "}
			<span aria-hidden="true">Try again in <${Countdown} time=${until} />.</span>
			<span class="sr">Try again at ${clock(until)}.</span>`;
	if (problem) return problem.status === 401 ? UNKNOWN : problem.message;
	return ended ?? "The first admin token is in the data directory, file admin.token.";
}

export function Login() {
	const { ended } = useStore(session);
	const field = useRef(null);
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const [retryAt, setRetryAt] = useState(0);
	const until = useNow() < retryAt ? retryAt : 0;

	useEffect(() => {
		document.title = "Log in · Sluice";
		field.current.focus();
	}, []);
	async function submit(event) {
		event.preventDefault();
		const token = field.current.value.trim();
		if (busy || until || !token) return;
		setBusy(true);
		setProblem(null);
		try {
			await login(token);
		} catch (refused) {
			if (refused.status === 429) setRetryAt(now() + (refused.retryAfter || 1) * 1000);
			setProblem(refused);
			setBusy(false);
			field.current.select();
		}
	}
	const isBad = Boolean(problem) || Boolean(until);
	return html`<main class="login">
		<form onSubmit=${submit}>
			<div class="card stack">
				<div class="row"><${Icon} name="logo" size="18" /><h1>Sluice</h1></div>
				<div>
					<label for="token" class="lbl">Token</label>
					<input
						ref=${field}
						class="in m"
						id="token"
						type="password"
						autocomplete="current-password"
						placeholder="slc_…"
						aria-invalid=${isBad ? "true" : null}
						aria-describedby="token-message"
					/>
					<div id="token-message" role="alert" class="sm gap-t ${isBad ? "bad" : "t3"}">
						<${Message} problem=${problem} until=${until} ended=${ended} />
					</div>
				</div>
				<button class="btn pri wide" disabled=${busy || Boolean(until)}>Log in</button>
			</div>
			<p class="t3 sm gap-t ctr">Exchanged for a session cookie, not kept in the browser.</p>
		</form>
	</main>`;
}
