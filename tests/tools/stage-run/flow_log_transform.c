#include "flow_log_transform.h"

#include <inttypes.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/flow_log.h"
#include "worker/record.h"

static int write_counters(struct buffer *out, const char *name, const struct flow_log_counters *counters)
{
	return buffer_printf(out, ",\"%s\":[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "]", name,
		counters->packets[FLOW_LOG_A], counters->bytes[FLOW_LOG_A], counters->packets[FLOW_LOG_B],
		counters->bytes[FLOW_LOG_B]);
}

static int write_json(const struct record *record, const struct batch *batch, struct buffer *out)
{
	const struct flow_log *log = record->detail;
	int error = buffer_printf(out, "{\"address\":[\"%s\",\"%s\"],\"port\":[%" PRId64 ",%" PRId64 "],\"node_tid\":\"%s\","
		"\"start_ms\":%" PRId64 ",\"end_ms\":%" PRId64 ",\"connection_start_ms\":%" PRId64 ",\"flow_start_ms\":%" PRId64
		",\"flow_last_ms\":%" PRId64 ",\"link_id\":%" PRId64 ",\"protocol\":%u,\"tcp_flags\":[%u,%u],\"initiated\":%u,"
		"\"terminated\":%u,\"direction\":%u,\"action\":%u,\"tag\":%u", log->address[FLOW_LOG_A],
		log->address[FLOW_LOG_B], log->port[FLOW_LOG_A], log->port[FLOW_LOG_B], log->node_tid, log->start_ms,
		log->end_ms, log->connection_start_ms, log->flow_start_ms, log->flow_last_ms, log->link_id, log->protocol,
		log->tcp_flags[FLOW_LOG_A], log->tcp_flags[FLOW_LOG_B], log->initiated, log->terminated, log->direction,
		log->action, log->tag);

	(void)batch;
	if (error == 0)
		error = write_counters(out, "update", &log->update);
	if (error == 0)
		error = write_counters(out, "total", &log->total);
	return error != 0 ? error : buffer_append(out, "}", 1);
}

static const struct record_format format_flow_log = { .name = "flow_log", .write_json = write_json };

static int wanted(const struct pipeline_config *config)
{
	(void)config;
	return 1;
}

static const struct record_format *flow_log_format(const struct pipeline_config *config)
{
	(void)config;
	return &format_flow_log;
}

static void fill(struct flow_log *log, const struct flow *flow)
{
	log->initiated = memcmp(&log->update, &log->total, sizeof(log->total)) == 0;
	log->terminated = flow->finish_type != FINISH_NONE || flow_log_is_closed(flow);
}

static int push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct flow_log *logs = arena_alloc(batch->arena, batch->kept_count * sizeof(*logs));

	batch->records = arena_calloc(batch->arena, batch->kept_count, sizeof(*batch->records));
	if (logs == NULL || batch->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
	for (uint32_t i = 0; i < batch->kept_count; i++) {
		const struct flow *flow = &batch->flows[i];
		struct flow_log *log = &logs[batch->record_count];
		uint8_t tag = batch->tags[batch->kept[i]];

		if (!flow_log_fill(log, batch, flow, tag)) {
			stage_account(stage)->lost_error++;
			continue;
		}
		fill(log, flow);
		batch->records[batch->record_count++] = (struct record){ .format = &format_flow_log, .flow = flow,
			.detail = log, .tag = tag, .flows = 1 };
	}
	return stage_next(stage, batch, err);
}

const struct stage_type stage_transform_flow_log = {
	.name = "flow_log",
	.phase = PHASE_TRANSFORM,
	.wanted = wanted,
	.push = push,
	.record_format = flow_log_format,
};
