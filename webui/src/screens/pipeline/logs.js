// What a pipeline's workers log, and the supervisor about it, as it comes.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { clock, count, stamp } from "../../lib/format.js";
import { useAway } from "../../lib/away.js";
import { html } from "../../lib/html.js";
import { pipelinePath } from "../../lib/http.js";
import { useKeys } from "../../lib/keys.js";
import { setQuery, useRoute } from "../../lib/route.js";
import { curlOf } from "../../model/curl.js";
import { BLOCK, blocksOf, isFound, piecesOf, searchFor } from "../../model/log.js";
import { CurlButton } from "../../parts/copy.js";
import { Find } from "../../parts/find.js";
import { ProblemLine } from "../../parts/problem.js";
import { Segments } from "../../parts/segments.js";
import { Countdown } from "../../parts/times.js";
import { useReconnected } from "../../state/live.js";
import { isToggle } from "./follow.js";
import { LogLevel } from "./log_level.js";
import { openLog } from "./log_stream.js";

const TONES = { warn: "warn", error: "bad" };
const timeOf = ({ time }) => (time ? `${clock(time)}.${time.slice(20, 23).padEnd(3, "0")}` : "");
const pathOf = ({ tenant, name }) => pipelinePath(tenant, name, "/logs?tail=200&follow=true");
const dayOf = ({ time }) => (time ? stamp(time).slice(0, 10) : "");

function Pieces({ text, search, pairs = false }) {
	return piecesOf(text, search, pairs).map(({ text: piece, pair, hit }) => {
		const marked = hit ? html`<mark>${piece}</mark>` : piece;
		return pair ? html`<span class="kv">${marked}</span>` : marked;
	});
}

const Line = ({ line, search }) =>
	html`<div>
		<span class="t3" title=${line.time ? stamp(line.time) : null}><${Pieces} text=${timeOf(line)} search=${search} /></span>
		<span class=${TONES[line.level] ?? "t3"}><${Pieces} text=${line.level} search=${search} /></span>
		<span class="t3 el"><${Pieces} text=${line.component} search=${search} /></span>
		<bdi class="msgt"><${Pieces} text=${line.message} search=${search} pairs /></bdi>
	</div>`;

/** lines of one block; day: that of the line before. A heading stands where another day begins. */
const Block = ({ lines, search, day }) =>
	html`<section>
		${lines.map((line) => {
			const isOther = line.time && dayOf(line) !== day;
			if (line.time) day = dayOf(line);
			return html`${isOther && html`<h3 class="day">${day}</h3>`}<${Line} line=${line} search=${search} />`;
		})}
	</section>`;

/** Blocks as elements; one that has not changed is the same element, which nothing draws again. */
function useBlocks(lines, search) {
	const drawn = useRef(new Map());
	const now = new Map();
	const today = stamp(Date.now()).slice(0, 10);
	let last = null;
	for (const block of blocksOf(lines)) {
		const key = block.at(-1).n;
		const id = `${block[0].n} ${search}`;
		const before = drawn.current.get(key);
		const day = last?.time ? dayOf(last) : today;
		const element = before?.id === id ? before.element : null;
		now.set(key, {
			id,
			element: element ?? html`<${Block} key=${Math.floor(key / BLOCK)} lines=${block} search=${search} day=${day} />`,
		});
		last = block.at(-1);
	}
	drawn.current = now;
	return Array.from(now.values(), ({ element }) => element);
}

function Lines({ lines, search, follow, onLeave, name }) {
	const ref = useRef(null);
	const blocks = useBlocks(lines, search);
	const last = lines.at(-1);
	const end = useRef(0);
	useLayoutEffect(() => {
		if (!follow) return;
		ref.current.scrollTop = ref.current.scrollHeight;
		end.current = ref.current.scrollTop;
	}, [last, follow]);
	// whoever goes back to read is not to be carried away
	const scrolled = () => {
		const { scrollTop, scrollHeight, clientHeight } = ref.current;
		if (follow && scrollTop < end.current && scrollHeight - scrollTop - clientHeight > 20) onLeave();
	};
	return html`<div
		ref=${ref}
		class="log"
		tabindex="0"
		role="log"
		aria-live="off"
		aria-label=${`Log of ${name}`}
		onScroll=${scrolled}
	>
		${blocks}
	</div>`;
}

/** What a browser says of a broken connection is for nobody. */
const reasonOf = (problem) =>
	!problem ? "The server ended it." : problem.status ? problem.message : "Sluice does not answer.";

/** What is to be said of the stream itself. */
function StreamLine({ log, onTry }) {
	if (log.phase === "refused") return html`<${ProblemLine} problem=${log.problem} lead="The log is not shown." />`;
	if (log.phase !== "broken") return null;
	return html`<div class="note warn">
		<span class="grow">
			<span role="status"><b class="b">The log broke off at ${clock(log.lostAt)}.</b> ${reasonOf(log.problem)}</span>
			${" "}It goes on where it was; next try in <${Countdown} time=${log.nextTry} />.
		</span>
		<button type="button" class="btn s" onClick=${onTry}>Try now</button>
	</div>`;
}

function useLog(pipeline) {
	const stream = useRef(null);
	const [log, setLog] = useState({ lines: [], total: 0, phase: "loading" });

	const away = useAway();
	useEffect(() => {
		stream.current = openLog(pipeline, setLog);
		return () => stream.current.stop();
	}, [pipeline.tenant, pipeline.name]);
	// what is given back while nobody looks comes again with the events
	useEffect(() => {
		if (away) stream.current.stop();
	}, [away]);
	// a connection that died without a word is noticed by the events only: nothing else is told again and again
	const again = () => stream.current.again();
	useReconnected(again);
	return [log, again];
}

const Nothing = ({ phase }) =>
	html`<p class="pad t2">
		${phase === "open" ? "No lines yet. Workers log when they start and end, and what goes wrong; level debug says more." : "Reading the log…"}
	</p>`;

export function Logs({ pipeline }) {
	const [log, again] = useLog(pipeline);
	const [frozen, setFrozen] = useState(null);
	const words = useRoute().query.get("q") ?? "";
	const search = searchFor(words);
	const { lines, total } = frozen ?? log;
	const fresh = log.total - total;
	const found =
		search && lines.filter((line) => isFound([timeOf(line), line.level, line.component, line.message], search)).length;
	const now = { lines: log.lines, total: log.total };
	const follow = (on) => setFrozen(on ? null : now);
	const toggle = () => setFrozen((was) => (was ? null : now));

	useKeys({ " ": (event) => (isToggle(event) ? toggle() : false) });
	return html`<section class="card" aria-label="Logs">
		<div class="hd wraps">
			<${Find} id="log-search" label="Search the log" placeholder="Search" value=${words} onInput=${(q) => setQuery({ q })} grow />
			<span class="t3 sm nw" role="status">${search && `${count(found, "line")} match${found === 1 ? "es" : ""}`}</span>
			<div class="end">
				${frozen && html`<span class="sm t2 nw">${count(fresh, "new line")}</span>`}
				<${LogLevel} pipeline=${pipeline} />
				<${Segments}
					label="Follow"
					value=${frozen === null}
					onChange=${follow}
					options=${[
						[true, "Follow"],
						[false, "Freeze"],
					]}
				/>
				<span class="hide-m"><${CurlButton} command=${curlOf("GET", pathOf(pipeline), { options: "-N" })} /></span>
			</div>
		</div>
		<${StreamLine} log=${log} onTry=${again} />
		${lines.length === 0 && log.phase !== "refused" && html`<${Nothing} phase=${log.phase} />`}
		${
			lines.length > 0 &&
			html`<${Lines} lines=${lines} search=${search} follow=${frozen === null} onLeave=${() => follow(false)} name=${pipeline.name} />`
		}
	</section>`;
}
