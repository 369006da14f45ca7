// A valid configuration in one sentence.

/** valueOf(path) → what stands there, or its default; number: a figure as text. */
export function summaryOf(valueOf, number) {
	const store = valueOf("pipeline.store.type");
	if (store === "prom_sky_con")
		return `Connection metrics for Prometheus at port ${valueOf("pipeline.store.prom_sky_con.port")}.`;
	const transform = valueOf("pipeline.transform.type");
	const records = transform === "none" ? "raw flows" : transform;
	const target = valueOf("pipeline.store.buffered.dirname") ?? "";
	const gzip = valueOf("pipeline.compress.type") === "gzip" ? ", gzip" : "";
	const whole = `${records} to ${valueOf("pipeline.write.type")} ${target}`.trim();
	if (store === "direct") return `${whole}${gzip}. An object of each message and tag.`;
	const seconds = valueOf("pipeline.store.buffered.max_seconds_per_object");
	const flows = valueOf("pipeline.store.buffered.max_flows_per_object");
	return `${whole}${gzip}. An object every ${seconds} s or ${number(Number(flows))} records.`;
}
