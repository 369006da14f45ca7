// How the connections to the analyzers are, in one line; and a red line for each that is down.
import { age as ageOf, count, duration, number, rate } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useStore } from "../../lib/store.js";
import { concerned, hostOf, sumConnections } from "../../model/connections.js";
import { Glyph } from "../../parts/glyph.js";
import { Countdown, Since } from "../../parts/times.js";
import { fleet, usePhase } from "../../state/live.js";
import { isAdmin } from "../../state/session.js";

// An outage of many is one line: it never pushes the table away.
const LINES = 2;

// Below 10 s with one decimal: a connection is heard of several times a second.
const ageText = (seconds) => (seconds !== null && seconds < 9.95 ? `${Number(seconds.toFixed(1))} s` : ageOf(seconds));

function Figure({ value, text = number, unit }) {
	// what a tenant's token is not told is not there for it
	if (value === null && !isAdmin()) return null;
	return html`<span class="fig"><b class=${value ? null : "z"}>${text(value)}</b> <span class="t3">${unit}</span></span>`;
}

function Lead({ wanted, up, down }) {
	if (wanted.length === 0)
		return html`<${Glyph} name="idle" /><span class="t2">No pipeline uses a connection to an analyzer</span>`;
	const glyph = down.length > 0 ? "down" : up === wanted.length ? "up" : "starting";
	if (wanted.length === 1) {
		const [subscription] = wanted;
		const state = down.length > 0 ? "down" : up === 1 ? "up" : "connecting";
		return html`<${Glyph} name=${glyph} /><span class="el">
				<span class="b">Subscription to <bdi>${hostOf(subscription.url)}</bdi> ${state}</span>
				${subscription.since && html` <span class="t3">for <${Since} time=${subscription.since} /></span>`}
			</span>`;
	}
	const text = up === wanted.length ? `All ${number(up)}` : `${number(up)} of ${number(wanted.length)}`;
	return html`<${Glyph} name=${glyph} /><span class="b">${text} analyzer connections up</span>`;
}

// Which, since when, why, how many pipelines, and when the next try is. What is announced has no figure that goes on.
function DownLine({ down, pipelines }) {
	const [{ url, since, problem, next_at: nextAt }, ...others] = down;
	const isOne = others.length === 0;
	const all = down.reduce((sum, subscription) => sum + concerned(subscription, pipelines), 0);
	const what = isOne ? hostOf(url) : `${number(down.length)} analyzer connections`;
	const state = !isOne ? "are down" : since ? html`has been down for <${Since} time=${since} />` : "is down";
	const why = isOne && problem ? (problem.message || problem.reason).replace(/\.$/, "") : "";
	return html`<div class="note bad">
		<${Glyph} name="failed" />
		<span class="sr" role="alert">${what} ${isOne ? "is" : "are"} down. ${why}</span>
		<span class="grow wrap">
			<b class="b"><bdi>${what}</bdi> ${state}${why && html`: <bdi>${why}</bdi>`}.</b>
			${" "}${count(all, "pipeline")} ${all === 1 ? "receives" : "receive"} nothing from ${isOne ? "it" : "them"}. The analyzer does
			not send flows again, so this time is a gap in their records.
			${isOne && nextAt && html` Next try in <${Countdown} time=${nextAt} />.`}
		</span>
		<a class="btn s" href="#/subscriptions">Details</a>
	</div>`;
}

const Figures = ({ sum }) => html`<${Figure} value=${sum.flows} text=${rate} unit="flows/s" />
	<${Figure} value=${sum.messages} text=${rate} unit="messages/s" />
	<${Figure} value=${sum.age} text=${ageText} unit="since the last" />
	<${Figure} value=${sum.reconnects} unit=${`${sum.reconnects === 1 ? "reconnect" : "reconnects"}${sum.span}`} />
	<${Figure} value=${sum.gap} text=${duration} unit=${`gap${sum.span}`} />
	<${Figure} value=${sum.lost} unit="lost" />`;

export function Banner() {
	const isLoading = usePhase() === "loading";
	const { subscriptions, pipelines } = useStore(fleet);
	const sum = sumConnections(subscriptions);
	const downs = sum.down.length > LINES ? [sum.down] : sum.down.map((subscription) => [subscription]);
	const lead = isLoading
		? html`<${Glyph} name="starting" /><span class="t2">Waiting for the first snapshot</span>`
		: html`<${Lead} ...${sum} />`;
	return html`<section class="card subs" aria-label="Subscriptions">
			<span class="lead">${lead}</span>
			${sum.wanted.length > 0 && html`<${Figures} sum=${sum} />`}
			${!isLoading && html`<a class="link sm more" href="#/subscriptions">Subscriptions</a>`}
		</section>
		${downs.map((down) => html`<${DownLine} key=${down.length > 1 ? "all" : (down[0].number ?? down[0].url)} down=${down} pipelines=${pipelines} />`)}`;
}
