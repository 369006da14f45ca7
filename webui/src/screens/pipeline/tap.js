// Live tap: records as the pipeline writes them.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { clock, count, number, stamp } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { say } from "../../lib/say.js";
import { curlOf } from "../../model/curl.js";
import { isOn } from "../../model/health.js";
import { jsonLines } from "../../model/record.js";
import { CurlButton } from "../../parts/copy.js";
import { Glyph } from "../../parts/glyph.js";
import { ProblemLine } from "../../parts/problem.js";
import { Segments } from "../../parts/segments.js";
import { isToggle } from "./follow.js";
import { LIMIT, openTap, SECONDS, tapPath } from "./tap_stream.js";

const End = ({ address, port }) => html`<bdi>${address}</bdi>${port && html`<span class="t3">:${port}</span>`}`;

function Summary({ summary: { from, to, what, text } }) {
	if (!from) return html`<bdi class="el">${text}</bdi>`;
	return html`<span class="el"><${End} ...${from} /><span class="t3"> → </span><${End} ...${to} /> <bdi class="t2">${what}</bdi></span>`;
}

function Records({ records, chosen, onChoose, follow }) {
	const ref = useRef(null);
	const last = records.length;
	useLayoutEffect(() => {
		if (follow) ref.current.scrollTop = ref.current.scrollHeight;
	}, [last, follow]);
	// one that was chosen by a key may be out of sight
	useLayoutEffect(() => {
		if (!follow) ref.current.querySelector("[aria-pressed=true]").scrollIntoView({ block: "nearest" });
	}, [chosen, follow]);
	return html`<ol ref=${ref} aria-label="Records">
		${records.map(
			(record) =>
				html`<li key=${record.n}>
					<button type="button" aria-pressed=${String(record === chosen)} onClick=${() => onChoose(record)}>
						<span class="t3" title=${stamp(record.at)}>${clock(record.at)}</span><${Summary} summary=${record.summary} />
					</button>
				</li>`,
		)}
	</ol>`;
}

const indent = (depth) => "  ".repeat(depth);

/** A record in full: JSON in lines, text as it is. */
function Whole({ record }) {
	const lines = typeof record.record === "string" ? null : jsonLines(record.raw);
	return html`<pre class="pad" tabindex="0" role="region" aria-label="Record">
${lines ? lines.map(({ depth, key, text }) => html`<bdi>${indent(depth)}${key && html`<span class="t3">${key}: </span>`}${text}</bdi>${"\n"}`) : html`<bdi class="wrapped">${record.record}</bdi>`}</pre
	>`;
}

/** What the tap does, in a word, and what it has shown. */
function Head({ tap, frozen }) {
	const { phase, records, skipped } = tap;
	const isOpen = phase === "open" || phase === "opening";
	const [glyph, word] = !isOpen ? ["stopped", "Ended"] : frozen ? ["stopped", "Frozen"] : ["running", "Tapping"];
	const shown = `${number(records.length)} of ${number(records.length + skipped)} shown`;
	const why = {
		ended: `It ended by itself after ${records.length >= LIMIT ? `${LIMIT} records` : `${SECONDS} s`}.`,
		broken: "",
	};
	const told = why[phase] ?? `Ends by itself after ${LIMIT} records or ${SECONDS} s.`;
	return html`<span class="state"><${Glyph} name=${glyph} />${word}</span>
		<span class="t3 sm">Records as they are written${records.length > 0 ? `, ${shown}` : ""}. ${told}</span>`;
}

function Nothing({ phase, pipeline }) {
	if (phase === "broken") return null;
	const waits = isOn(pipeline)
		? "A record is shown when it is in an object or in the spool."
		: `The pipeline is ${pipeline.state}: records are shown once it runs.`;
	return html`<p class="pad t2">${phase === "ended" ? `No record was written in ${SECONDS} s.` : "No record yet."} ${waits}</p>`;
}

function useTap(pipeline) {
	const [round, setRound] = useState(0);
	const [tap, setTap] = useState({ records: [], skipped: 0, phase: "opening", problem: null });
	useEffect(() => {
		const stream = openTap(pipeline, setTap);
		return stream.stop;
	}, [pipeline.tenant, pipeline.name, round]);
	useEffect(() => {
		if (tap.phase === "ended") say(`The tap has ended: ${count(tap.records.length, "record")}`);
	}, [tap.phase]);
	return [tap, () => setRound((n) => n + 1)];
}

export function Tap({ pipeline }) {
	const [tap, startAgain] = useTap(pipeline);
	const [frozen, setFrozen] = useState(null);
	const [choice, setChoice] = useState(null);
	const records = frozen ?? tap.records;
	const chosen = records.includes(choice) ? choice : records[0];
	const isOver = tap.phase === "ended" || tap.phase === "broken";
	const live = (on) => setFrozen(on ? null : tap.records);
	const choose = (record) => {
		setChoice(record);
		setFrozen(frozen ?? tap.records);
	};
	const move = (by) => {
		const next = records[records.indexOf(chosen) + by];
		if (next) choose(next);
	};
	const again = () => {
		setFrozen(null);
		setChoice(null);
		startAgain();
	};

	useKeys({
		" ": (event) => (isToggle(event) && !isOver ? setFrozen((was) => (was ? null : tap.records)) : false),
		j: () => move(1),
		k: () => move(-1),
	});
	const fresh = tap.records.length - records.length;
	return html`<section class="card" aria-label="Live tap">
		<div class="hd wraps">
			<${Head} tap=${tap} frozen=${frozen !== null} />
			<div class="end">
				${
					fresh > 0 &&
					html`<span class="sm t2 nw">${count(fresh, "new record")}</span>${isOver && html`<button type="button" class="btn s" onClick=${() => live(true)}>Show</button>`}`
				}
				${
					isOver
						? html`<button type="button" class="btn" onClick=${again}>Start again</button>`
						: html`<${Segments} label="Tap" value=${frozen === null} onChange=${live} options=${[
								[true, "Live"],
								[false, "Freeze"],
							]} />`
				}
				<span class="hide-m"><${CurlButton} command=${curlOf("GET", tapPath(pipeline), { options: "-N" })} /></span>
			</div>
		</div>
		${tap.phase === "broken" && html`<${ProblemLine} problem=${tap.problem} lead="The tap broke off." />`}
		${
			records.length > 0
				? html`<div class="tap">
					<${Records} records=${records} chosen=${chosen} onChoose=${choose} follow=${frozen === null} />
					<${Whole} record=${chosen} />
				</div>`
				: html`<${Nothing} phase=${tap.phase} pipeline=${pipeline} />`
		}
	</section>`;
}
