// The connections to analyzers: how each is, and all the spans without flows.
import { useRef } from "preact/hooks";
import { count, duration, stamp } from "../lib/format.js";
import { html } from "../lib/html.js";
import { requestAll } from "../lib/http.js";
import { hrefTo } from "../lib/route.js";
import { useStore } from "../lib/store.js";
import { useNow } from "../lib/time.js";
import { hostOf } from "../model/connections.js";
import { ratesOf } from "../model/samples.js";
import { gapsOf, lastDay, reasonOf, stateOf } from "../model/subscriptions.js";
import { Num, Rate } from "../parts/figures.js";
import { Glyph } from "../parts/glyph.js";
import { Mini } from "../parts/graphs.js";
import { ProblemLine } from "../parts/problem.js";
import { Countdown, Since } from "../parts/times.js";
import { useFetched } from "../state/fetched.js";
import { fleet, usePhase } from "../state/live.js";
import { useRole } from "../state/session.js";

const isKnown = (value) => value !== null && value !== undefined;

// "0.3 s ago": below a minute with what the server tells of it
function lastMessage(seconds) {
	if (!isKnown(seconds)) return "–";
	if (seconds < 10) return `${Math.max(0.1, seconds).toFixed(1)} s ago`;
	return `${duration(seconds)} ago`;
}

/** While nothing comes the age goes on by itself between two figures. */
function useSilence(seconds, isBad) {
	const told = useRef(null);
	const at = useNow();
	if (told.current?.seconds !== seconds) told.current = { seconds, at };
	return isBad && isKnown(seconds) ? seconds + (at - told.current.at) / 1000 : seconds;
}

// What the server does not sum up itself is summed up of the gaps that it keeps.
function dayOf(subscription, gaps, now) {
	const own = gaps && lastDay(gaps, now);
	return {
		reconnects: subscription.reconnects_24h ?? own?.count,
		seconds: subscription.gap_seconds_24h ?? own?.seconds,
	};
}

function Figures({ subscription, gaps, isBad }) {
	const { number, rates, pipelines, lost } = subscription;
	const silence = useSilence(subscription.last_message_age_seconds, isBad);
	const day = dayOf(subscription, gaps, useNow());
	const figures = [
		["Flows/s", html`<${Rate} value=${rates?.flows} />`],
		["Messages/s", html`<${Rate} value=${rates?.messages} />`],
		["Last message", lastMessage(silence), isBad],
		["Reconnects, 24 h", html`<${Num} value=${day.reconnects} />`],
		["Gap, 24 h", day.seconds === 0 ? html`<span class="z">0</span>` : duration(day.seconds), isBad],
		["Lost", html`<${Num} value=${lost} />`, lost > 0],
		[
			"Pipelines",
			pipelines
				? html`<a class="link" href=${hrefTo(["pipelines"], { q: `sub:${number}` })}>${pipelines}</a>`
				: html`<${Num} value=${pipelines} />`,
		],
	];
	return html`<dl class="figs">
		${figures.map(([label, value, bad]) => html`<div><dt>${label}</dt><dd class=${bad ? "bad" : null}>${value}</dd></div>`)}
	</dl>`;
}

function Trouble({ subscription }) {
	const { problem, next_at: nextAt, tries } = subscription;
	return html`<div class="pad any">
		<b class="b"><bdi>${problem?.message || problem?.reason || "No connection"}</bdi>.</b>${" "}
		<span class="t2">
			${nextAt && html`Next try in <${Countdown} time=${nextAt} />, waiting longer each time. `}
			${tries > 0 && `${count(tries, "try", "tries")} failed in a row. `} The analyzer does not send flows again, so this time is a gap in
			the records of its pipelines.
		</span>
	</div>`;
}

function Asked({ subscription }) {
	const role = useRole();
	const { host_id: hostId, namespaces } = subscription;
	return html`<span class="end t3 sm hide-m el">
		${role === "admin" && hostId && html`host_id <span class="m">${hostId}</span> · `}
		<span class="m el" title=${namespaces?.join(" ")}>${namespaces?.join(" ")}</span>
	</span>`;
}

function Card({ subscription, gaps }) {
	const { url, since, samples } = subscription;
	const state = stateOf(subscription);
	const values = ratesOf(samples?.flows, samples?.interval_s ?? 15);
	return html`<section class="card data" aria-label=${hostOf(url)}>
		<div class="hd">
			<${Glyph} name=${state.glyph} />
			<h2 class="m el" title=${url}>${url}</h2>
			<span class="${state.bad ? "bad" : "t3"} nw">${state.word}${since && html` for <${Since} time=${since} />`}</span>
			<${Asked} subscription=${subscription} />
		</div>
		${state.bad && html`<${Trouble} subscription=${subscription} />`}
		<div class="subf">
			<${Figures} subscription=${subscription} gaps=${gaps} isBad=${state.bad} />
			<div>
				<${Mini} values=${values} width=${300} height=${44} />
				<div class="sm t3 row"><span>15 min</span><span class="grow r">now</span></div>
			</div>
		</div>
	</section>`;
}

function Gaps({ gaps }) {
	return html`<section class="card data">
		<div class="hd"><h2>Gaps</h2><span class="t3">times without a connection, or silent for longer than silence_timeout</span></div>
		${
			gaps.length === 0
				? html`<p class="pad t2">None that is still known.</p>`
				: html`<div class="scroll" role="region" tabindex="0" aria-label="Gaps">
					<table class="tb" aria-label="Gaps">
						<thead>
							<tr>
								<th scope="col">When</th>
								<th scope="col">Analyzer</th>
								<th scope="col">Reason</th>
								<th scope="col" class="r">Length</th>
								<th scope="col" class="r">Pipelines</th>
							</tr>
						</thead>
						<tbody>
							${gaps.map(
								(gap) =>
									html`<tr key=${`${gap.number} ${gap.from} ${gap.to}`}>
										<td class="nw">${stamp(gap.from)}</td>
										<td class="any"><span class="m clip">${hostOf(gap.url)}</span></td>
										<td class="t2">${reasonOf(gap)}</td>
										<td class="r nw">${gap.seconds < 1 ? "<1 s" : duration(gap.seconds)}</td>
										<td class="r t2"><${Num} value=${gap.pipelines} /></td>
									</tr>`,
							)}
						</tbody>
					</table>
				</div>`
		}
	</section>`;
}

function None() {
	const isLoading = usePhase() === "loading";
	return html`<div class="card empty">
		<h2>${isLoading ? "Waiting for the first snapshot" : "No subscriptions"}</h2>
		<p>${!isLoading && "A connection to an analyzer is made when the first pipeline that reads from it starts."}</p>
	</div>`;
}

const concerns = ({ type }) => type === "gap";

export function Subscriptions() {
	const { subscriptions } = useStore(fleet);
	const { data, problem } = useFetched((signal) => requestAll("/v1/subscriptions?limit=1000", { signal }), concerns);
	const gapsOfOne = (number) => data?.find((listed) => listed.number === number)?.gaps;
	return html`<div class="title">
			<h1>Subscriptions</h1>
			<span class="t3">one connection for each analyzer endpoint and its credentials; pipelines share it</span>
		</div>
		${subscriptions.map(
			(subscription) =>
				html`<${Card} key=${subscription.number} subscription=${subscription} gaps=${gapsOfOne(subscription.number)} />`,
		)}
		${subscriptions.length === 0 && html`<${None} />`}
		<${ProblemLine} problem=${problem} lead="The gaps cannot be shown." />
		${data && html`<${Gaps} gaps=${gapsOf(data, subscriptions)} />`}`;
}
