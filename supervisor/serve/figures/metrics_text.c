#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/serve/figures/metrics.h"

/* One text, and the first error. */
struct printer {
	struct buffer *out;
	int error;
};

static void put_span(struct printer *printer, const char *text, size_t length)
{
	if (printer->error == 0)
		printer->error = buffer_append(printer->out, text, length);
}

static void put(struct printer *printer, const char *text)
{
	put_span(printer, text, strlen(text));
}

/* Inside a label: backslash, quote and newline are escaped. */
static void put_escaped(struct printer *printer, const char *text)
{
	for (;; text++) {
		size_t length = strcspn(text, "\\\"\n");

		put_span(printer, text, length);
		text += length;
		if (*text == '\0')
			break;
		put(printer, *text == '\\' ? "\\\\" : *text == '"' ? "\\\"" : "\\n");
	}
}

static void put_label(struct printer *printer, const char *before, const char *name, const char *value)
{
	put(printer, before);
	put(printer, name);
	put(printer, "=\"");
	put_escaped(printer, value);
	put(printer, "\"");
}

static void put_family(struct printer *printer, const char *name, const char *type, const char *help)
{
	if (printer->error == 0)
		printer->error = buffer_printf(printer->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

enum unit { UNIT_ONE, UNIT_MS, UNIT_US };     /* of a figure; families are in seconds */

static void put_value(struct printer *printer, uint64_t value, enum unit unit)
{
	if (printer->error != 0)
		return;
	if (unit == UNIT_MS)
		printer->error = buffer_printf(printer->out, "} %" PRIu64 ".%03u\n", value / 1000, (unsigned)(value % 1000));
	else if (unit == UNIT_US)
		printer->error = buffer_printf(printer->out, "} %" PRIu64 ".%06u\n", value / 1000000,
			(unsigned)(value % 1000000));
	else
		printer->error = buffer_printf(printer->out, "} %" PRIu64 "\n", value);
}

/* A family's samples of one pipeline or subscription: one figure, with or without a label that tells it from others. */
struct figure {
	const char *family;           /* NULL ends a table; the same as in the row above: one more sample of it */
	const char *type, *help;
	const char *label, *value;    /* NULL: none */
	size_t offset;                /* of a uint64_t */
	enum unit unit;
	bool other;                   /* is other tenants' traffic */
};

static uint64_t figure_of(const void *from, const struct figure *figure)
{
	uint64_t value;

	memcpy(&value, (const char *)from + figure->offset, sizeof(value));
	return value;
}

/* Rows of a table that belong to one family. */
static size_t family_rows(const struct figure *figure)
{
	size_t rows = 1;

	while (figure[rows].family != NULL && figure[rows].family == figure->family)
		rows++;
	return rows;
}

/* ---- pipelines ---- */

#define ACCOUNT(name) offsetof(struct metrics_pipeline, figures.account.name)
#define FLOWS "sluice_flows_total"
#define LOST "sluice_flows_lost_total"
#define WAITING "sluice_flows_waiting"

static const char flows_name[] = FLOWS, lost_name[] = LOST, waiting_name[] = WAITING;
static const char flows_help[] = "Flows by what became of them; those that wait are in " WAITING ".";
static const char lost_help[] = "Flows that will never be written.";
static const char waiting_help[] = "Flows that are neither written nor lost yet.";

static const struct figure pipeline_figures_table[] = {
	{ "sluice_flows_seen_total", "counter", "Flows seen, without those that still wait in the ring (sluice_lag_flows).", NULL,
		NULL, offsetof(struct metrics_pipeline, seen), UNIT_ONE, false },
	{ flows_name, "counter", flows_help, "result", "written", ACCOUNT(written), UNIT_ONE, false },
	{ flows_name, NULL, NULL, "result", "excluded_capture", ACCOUNT(excluded_capture), UNIT_ONE, true },
	{ flows_name, NULL, NULL, "result", "excluded_tag", ACCOUNT(excluded_tag), UNIT_ONE, false },
	{ flows_name, NULL, NULL, "result", "excluded_started", ACCOUNT(excluded_started), UNIT_ONE, false },
	{ flows_name, NULL, NULL, "result", "excluded_rule", ACCOUNT(excluded_rule), UNIT_ONE, false },
	{ lost_name, "counter", lost_help, "reason", "ring", ACCOUNT(lost_ring), UNIT_ONE, false },
	{ lost_name, NULL, NULL, "reason", "overflow", ACCOUNT(lost_overflow), UNIT_ONE, false },
	{ lost_name, NULL, NULL, "reason", "spool", ACCOUNT(lost_spool), UNIT_ONE, false },
	{ lost_name, NULL, NULL, "reason", "error", ACCOUNT(lost_error), UNIT_ONE, false },
	{ waiting_name, "gauge", waiting_help, "where", "state", ACCOUNT(waiting_state), UNIT_ONE, false },
	{ waiting_name, NULL, NULL, "where", "spool", ACCOUNT(waiting_spool), UNIT_ONE, false },
	{ "sluice_lag_flows", "gauge", "Flows in the ring that the pipeline has not read.", NULL, NULL,
		offsetof(struct metrics_pipeline, lag), UNIT_ONE, false },
	{ "sluice_records_total", "counter", "Records encoded.", NULL, NULL, ACCOUNT(records_out), UNIT_ONE, false },
	{ "sluice_records_written_total", "counter", "Records written.", NULL, NULL, ACCOUNT(records_written), UNIT_ONE,
		false },
	{ "sluice_records_unresolved_total", "counter", "Records of which an address could not be resolved.", NULL, NULL,
		ACCOUNT(records_unresolved), UNIT_ONE, false },
	{ "sluice_objects_written_total", "counter", "Objects written.", NULL, NULL, ACCOUNT(objects_written), UNIT_ONE,
		false },
	{ "sluice_bytes_written_total", "counter", "Bytes written, as stored.", NULL, NULL, ACCOUNT(bytes_written), UNIT_ONE,
		false },
	{ "sluice_spool_bytes", "gauge", "Bytes in the spool.", NULL, NULL,
		offsetof(struct metrics_pipeline, figures.spool_bytes), UNIT_ONE, false },
	{ "sluice_spool_limit_bytes", "gauge", "Bytes that the spool may hold, as the worker was told; 0: no limit.", NULL, NULL,
		offsetof(struct metrics_pipeline, spool_limit), UNIT_ONE, false },
	{ "sluice_spool_objects", "gauge", "Objects in the spool.", NULL, NULL,
		offsetof(struct metrics_pipeline, figures.objects), UNIT_ONE, false },
	{ "sluice_last_flow_timestamp_seconds", "gauge", "When a flow came last; 0: none yet.", NULL, NULL,
		offsetof(struct metrics_pipeline, figures.last_flow_ms), UNIT_MS, false },
	{ "sluice_last_write_timestamp_seconds", "gauge", "When an object was written last; 0: none yet.", NULL, NULL,
		offsetof(struct metrics_pipeline, figures.last_write_ms), UNIT_MS, false },
	{ 0 },
};

static void put_pipeline(struct printer *printer, const char *family, const struct metrics_pipeline *pipeline)
{
	put(printer, family);
	put_label(printer, "{", "tenant", pipeline->tenant);
	put_label(printer, ",", "pipeline", pipeline->name);
}

static void put_states(struct printer *printer, const struct metrics *metrics)
{
	static const char family[] = "sluice_pipeline_state";

	put_family(printer, family, "gauge", "1 for the state that the pipeline is in.");
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		for (int state = 0; state < PIPELINE_STATES; state++) {
			put_pipeline(printer, family, &metrics->pipelines[i]);
			put_label(printer, ",", "state", pipeline_state_name(state));
			put_value(printer, metrics->pipelines[i].state == (enum pipeline_state)state, UNIT_ONE);
		}
	}
}

static void put_flow_states(struct printer *printer, const struct metrics *metrics)
{
	static const char family[] = "sluice_pipeline_flow_state";
	static const char *const states[] = { "moving", "idle", "stalled" };

	put_family(printer, family, "gauge", "1 for what the flows do: stalled ones come and do not leave; none: not known.");
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		const char *now = metrics->pipelines[i].flow_state;

		for (unsigned state = 0; state < sizeof(states) / sizeof(*states); state++) {
			put_pipeline(printer, family, &metrics->pipelines[i]);
			put_label(printer, ",", "state", states[state]);
			put_value(printer, now != NULL && strcmp(now, states[state]) == 0, UNIT_ONE);
		}
	}
}

static void put_pipeline_family(struct printer *printer, const struct metrics *metrics, const struct figure *rows,
	size_t count)
{
	put_family(printer, rows->family, rows->type, rows->help);
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		for (const struct figure *row = rows; row < rows + count; row++) {
			if (row->other && !metrics->all)
				continue;
			put_pipeline(printer, row->family, &metrics->pipelines[i]);
			if (row->label != NULL)
				put_label(printer, ",", row->label, row->value);
			put_value(printer, figure_of(&metrics->pipelines[i], row), row->unit);
		}
	}
}

/* ---- writes ---- */

static void put_bucket(struct printer *printer, const struct metrics_pipeline *pipeline, const char *end, uint64_t count)
{
	put_pipeline(printer, "sluice_write_seconds_bucket", pipeline);
	put_label(printer, ",", "le", end);
	put_value(printer, count, UNIT_ONE);
}

static void put_histogram(struct printer *printer, const struct metrics_pipeline *pipeline)
{
	const struct write_figures *writes = &pipeline->figures.writes;
	uint64_t count = 0;
	char end[24];

	for (unsigned i = 0; i < WRITE_BUCKETS; i++) {
		count += writes->buckets[i];
		snprintf(end, sizeof(end), "%g", write_bucket_ms[i] / 1000.0);
		put_bucket(printer, pipeline, end, count);
	}
	count += writes->buckets[WRITE_BUCKETS];
	put_bucket(printer, pipeline, "+Inf", count);
	put_pipeline(printer, "sluice_write_seconds_sum", pipeline);
	put_value(printer, writes->sum_us, UNIT_US);
	put_pipeline(printer, "sluice_write_seconds_count", pipeline);
	put_value(printer, count, UNIT_ONE);
}

static void put_writes(struct printer *printer, const struct metrics *metrics)
{
	static const char errors[] = "sluice_write_errors_total";

	put_family(printer, "sluice_write_seconds", "histogram", "How long attempts took that stored an object.");
	for (size_t i = 0; i < metrics->pipeline_count; i++)
		put_histogram(printer, &metrics->pipelines[i]);
	put_family(printer, errors, "counter", "Attempts that stored nothing, by kind; each object is tried again.");
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		for (int failure = 0; failure < WRITE_FAILURES; failure++) {
			put_pipeline(printer, errors, &metrics->pipelines[i]);
			put_label(printer, ",", "code", write_failure_name(failure));
			put_value(printer, metrics->pipelines[i].figures.writes.failures[failure], UNIT_ONE);
		}
	}
}

/* ---- subscriptions ---- */

#define COUNTER(name) offsetof(struct metrics_subscription, counters.name)

static const struct figure subscription_figures_table[] = {
	{ "sluice_subscription_up", "gauge", "1 while the connection to the analyzer stands.", NULL, NULL, COUNTER(connected),
		UNIT_ONE, false },
	{ "sluice_subscription_messages_total", "counter", "Messages from the analyzer.", NULL, NULL, COUNTER(messages),
		UNIT_ONE, true },
	{ "sluice_subscription_flows_total", "counter", "Flows from the analyzer.", NULL, NULL, COUNTER(flows), UNIT_ONE,
		true },
	{ "sluice_subscription_malformed_total", "counter", "Flows that could not be decoded.", NULL, NULL,
		COUNTER(malformed), UNIT_ONE, true },
	{ "sluice_subscription_refused_messages_total", "counter", "Messages that were none of the analyzer's, or too large.",
		NULL, NULL, COUNTER(refused), UNIT_ONE, true },
	{ "sluice_subscription_lost_total", "counter", "Losses that the analyzer's probes have reported.", NULL, NULL,
		COUNTER(probe_dropped), UNIT_ONE, true },
	{ "sluice_subscription_reconnects_total", "counter", "Times that the connection was made again.", NULL, NULL,
		COUNTER(reconnects), UNIT_ONE, false },
	{ "sluice_subscription_gap_seconds_total", "counter", "Time in which flows may have been missed.", NULL, NULL,
		COUNTER(gap_ms), UNIT_MS, false },
	{ 0 },
};

static void put_subscription(struct printer *printer, const char *family, const struct metrics_subscription *subscription)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", subscription->number);
	put(printer, family);
	put_label(printer, "{", "url", subscription->url);
	put_label(printer, ",", "subscription", number);
}

static void put_subscription_family(struct printer *printer, const struct metrics *metrics, const struct figure *row)
{
	put_family(printer, row->family, row->type, row->help);
	for (size_t i = 0; i < metrics->subscription_count; i++) {
		if (row->other && !metrics->subscriptions[i].traffic)
			continue;
		put_subscription(printer, row->family, &metrics->subscriptions[i]);
		put_value(printer, figure_of(&metrics->subscriptions[i], row), row->unit);
	}
}

/* ---- processes ---- */

static void put_self(struct printer *printer, const struct metrics *metrics, const char *family, uint64_t value,
	enum unit unit)
{
	if (!metrics->all)
		return;
	put(printer, family);
	put_label(printer, "{", "process", "sluiced");
	put_value(printer, value, unit);
}

/* The subscriber's use is that of all tenants' traffic. */
static void put_process_family(struct printer *printer, const struct metrics *metrics, const char *family, bool cpu)
{
	enum unit unit = cpu ? UNIT_US : UNIT_ONE;

	put_self(printer, metrics, family, cpu ? metrics->self.cpu_us : metrics->self.resident_bytes, unit);
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		const struct metrics_process *worker = &metrics->pipelines[i].worker;

		put_pipeline(printer, family, &metrics->pipelines[i]);
		put_label(printer, ",", "process", "worker");
		put_value(printer, cpu ? worker->cpu_us : worker->resident_bytes, unit);
	}
	for (size_t i = 0; i < metrics->subscription_count; i++) {
		const struct metrics_process *subscriber = &metrics->subscriptions[i].subscriber;

		if (!metrics->subscriptions[i].traffic)
			continue;
		put_subscription(printer, family, &metrics->subscriptions[i]);
		put_label(printer, ",", "process", "subscriber");
		put_value(printer, cpu ? subscriber->cpu_us : subscriber->resident_bytes, unit);
	}
}

static void put_processes(struct printer *printer, const struct metrics *metrics)
{
	static const char cpu[] = "sluice_process_cpu_seconds_total", memory[] = "sluice_process_resident_memory_bytes";

	put_family(printer, cpu, "counter", "CPU time, with that of the processes before it.");
	put_process_family(printer, metrics, cpu, true);
	put_family(printer, memory, "gauge", "Resident memory, the ring's shared pages included; 0: it does not run.");
	put_process_family(printer, metrics, memory, false);
}

static void put_restarts(struct printer *printer, const struct metrics *metrics)
{
	static const char worker[] = "sluice_worker_restarts_total", subscriber[] = "sluice_subscriber_restarts_total";

	put_family(printer, worker, "counter", "Times that a worker was started again after an end that nobody asked for.");
	for (size_t i = 0; i < metrics->pipeline_count; i++) {
		put_pipeline(printer, worker, &metrics->pipelines[i]);
		put_value(printer, metrics->pipelines[i].worker.restarts, UNIT_ONE);
	}
	put_family(printer, subscriber, "counter", "The same of subscribers.");
	for (size_t i = 0; i < metrics->subscription_count; i++) {
		put_subscription(printer, subscriber, &metrics->subscriptions[i]);
		put_value(printer, metrics->subscriptions[i].subscriber.restarts, UNIT_ONE);
	}
}

int metrics_print(const struct metrics *metrics, struct buffer *out)
{
	struct printer printer = { .out = out };

	put_states(&printer, metrics);
	put_flow_states(&printer, metrics);
	for (const struct figure *row = pipeline_figures_table; row->family != NULL; row += family_rows(row))
		put_pipeline_family(&printer, metrics, row, family_rows(row));
	put_writes(&printer, metrics);
	for (const struct figure *row = subscription_figures_table; row->family != NULL; row++)
		put_subscription_family(&printer, metrics, row);
	put_processes(&printer, metrics);
	put_restarts(&printer, metrics);
	return printer.error;
}
