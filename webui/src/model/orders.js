// Has what was asked of a pipeline happened?
export const WORDS = {
	start: { doing: "starting", done: "started", busy: "Starting…" },
	stop: { doing: "stopping", done: "stopped", busy: "Stopping…" },
	restart: { doing: "restarting", done: "restarted", busy: "Restarting…" },
};

const ON = ["running", "degraded"];
const isOver = ({ state }) => !["starting", "draining"].includes(state);

/** @param order {verb, before: the status when it was asked for}; now: the status that was told last */
export function isSettled({ verb, before }, now) {
	if (!isOver(now)) return false;
	if (verb === "stop") return now.state === "stopped" || (now.state === "failed" && now.desired_state === "stopped");
	if (verb === "start") return ON.includes(now.state) || (now.since !== before.since && now.state !== "stopped");
	return now.worker?.pid !== before.worker?.pid || now.since !== before.since;
}
