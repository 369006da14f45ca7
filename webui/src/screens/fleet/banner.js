// How the connections to the analyzers are, in one line; and a red line for each that is down.
import { age as ageOf, count, duration, number, rate } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useStore } from "../../lib/store.js";
import { concerned, hostOf, sumConnections } from "../../model/connections.js";
import { Glyph } from "../../parts/glyph.js";
import { Countdown, Since } from "../../parts/times.js";
import { usePhase } from "../../state/live.js";
import { isAdmin } from "../../state/session.js";
import { fleet } from "../../state/live.js";

// An outage of many is one line: it never pushes the table away.
const LINES = 2;

// Below 10 s with one decimal: a connection is heard of several times a second.
const ageText = (seconds) => (seconds !== null && seconds < 9.95 ? `${Number(seconds.toFixed(1))} s` : ageOf(seconds));

function Figure({ value, text = number, unit }) {
	// what a tenant's token is not told is not there for it
	if (value === null && !isAdmin()) return null;
	return html`<span class="fig"><b class=${value ? null : "z"}>${text(value)}</b> <span class="t3">${unit}</span></span>`;
}

const singleText = (subscription) => html`Subscription to <bdi>${hostOf(subscription.url)}</bdi>`;

function Lead({ wanted, up, down }) {
	if (wanted.length === 0)
		return html`<${Glyph} name="idle" /><span class="t2">No pipeline uses a connection to an analyzer</span>`;
	const glyph = down.length > 0 ? "down" : up === wanted.length ? "up" : "starting";
	if (wanted.length === 1) {
		const [subscription] = wanted;
		const state = down.length > 0 ? "down" : up === 1 ? "up" : "connecting";
		return html`<${Glyph} name=${glyph} /><span class="el">
				<span class="b">${singleText(subscription)} ${state}</span>
				${subscription.since && html` <span class="t3">for <${Since} time=${subscription.since} /></span>`}
			</span>`;
	}
	const text = up === wanted.length ? `All ${number(up)}` : `${number(up)} of ${number(wanted.length)}`;
	return html`<${Glyph} name=${glyph} /><span class="b">${text} analyzer connections up</span>`;
}

function DownLine({ subscription, pipelines }) {
	const { url, since, problem, next_at: nextAt } = subscription;
	return html`<div class="note bad" role="alert">
		<${Glyph} name="failed" />
		<span class="grow wrap">
			<b class="b">
				<bdi>${hostOf(url)}</bdi> ${since ? html`has been down for <${Since} time=${since} />` : "is down"}${problem ? ": " : "."}${
					problem && html`<bdi>${problem.message || problem.reason}</bdi>.`
				}
			</b>
			${" "}${count(concerned(subscription, pipelines), "pipeline")} receive${concerned(subscription, pipelines) === 1 ? "s" : ""} nothing from it. The
			analyzer does not send flows again, so this time is a gap in their records.
			${nextAt && html` Next try in <${Countdown} time=${nextAt} />.`}
		</span>
		<a class="btn s" href="#/subscriptions">Details</a>
	</div>`;
}

function DownSum({ down, pipelines }) {
	const all = down.reduce((sum, subscription) => sum + concerned(subscription, pipelines), 0);
	return html`<div class="note bad" role="alert">
		<${Glyph} name="failed" />
		<span class="grow wrap">
			<b class="b">${number(down.length)} analyzer connections are down.</b> ${count(all, "pipeline")} receive${all === 1 ? "s" : ""} nothing from them.
			${" "}The analyzers do not send flows again, so this time is a gap in their records.
		</span>
		<a class="btn s" href="#/subscriptions">Details</a>
	</div>`;
}

export function Banner() {
	const phase = usePhase();
	const { subscriptions, pipelines } = useStore(fleet);
	if (phase === "loading") {
		return html`<section class="card subs" aria-label="Subscriptions">
			<span class="lead"><${Glyph} name="starting" /><span class="t2">Waiting for the first snapshot</span></span>
		</section>`;
	}
	const sum = sumConnections(subscriptions);
	return html`<section class="card subs" aria-label="Subscriptions">
			<span class="lead"><${Lead} ...${sum} /></span>
			${
				sum.wanted.length > 0 &&
				html`<${Figure} value=${sum.flows} text=${rate} unit="flows/s" />
				<${Figure} value=${sum.messages} text=${rate} unit="messages/s" />
				<${Figure} value=${sum.age} text=${ageText} unit="since the last" />
				<${Figure} value=${sum.reconnects} unit=${`reconnects${sum.span}`} />
				<${Figure} value=${sum.gap} text=${duration} unit=${`gap${sum.span}`} />
				<${Figure} value=${sum.lost} unit="lost" />`
			}
			<a class="link sm more" href="#/subscriptions">Subscriptions</a>
		</section>
		${
			sum.down.length > LINES
				? html`<${DownSum} down=${sum.down} pipelines=${pipelines} />`
				: sum.down.map(
						(subscription) =>
							html`<${DownLine} key=${subscription.number ?? subscription.url} subscription=${subscription} pipelines=${pipelines} />`,
					)
		}`;
}
