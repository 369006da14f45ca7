#include "worker/secadvisor_record.h"

#include <stdbool.h>

#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "worker/batch.h"
#include "worker/extend.h"
#include "worker/flow_log.h"
#include "worker/json_text.h"
#include "worker/json_write.h"

/* All names, punctuation and numbers of a record together are shorter than this. */
enum { FIXED_SIZE = 640 };

/* Every member is written with a comma behind it; the bracket that closes an object takes the last one's place. */
struct writer {
	const struct batch *batch;
	char *to;
	bool sfe;
};

#define put_literal(writer, literal) ((writer)->to = json_put_literal((writer)->to, literal))

static inline void close_object(struct writer *writer)
{
	writer->to[-1] = '}';
	*writer->to++ = ',';
}

/* The value of a string member whose name was written. */
static inline void put_string(struct writer *writer, struct text_ref text)
{
	*writer->to++ = '"';
	if (writer->sfe)
		writer->to = json_put_as_go(writer->to, batch_text(writer->batch, text), text.length);
	else
		writer->to = json_put(writer->to, batch_text(writer->batch, text), text.length);
	*writer->to++ = '"';
	*writer->to++ = ',';
}

/* A member whose name is a literal; left out when it is empty. */
#define put_member(writer, name, text) \
	do { \
		if ((text).length > 0) { \
			put_literal(writer, "\"" name "\":"); \
			put_string(writer, text); \
		} \
	} while (0)

#define put_number(writer, name, value) \
	do { \
		put_literal(writer, "\"" name "\":"); \
		(writer)->to = json_put_integer((writer)->to, value); \
		*(writer)->to++ = ','; \
	} while (0)

/* A member with a text that stands ready as the inside of a JSON string; left out when it is empty. */
#define put_ready(writer, name, text) \
	do { \
		const char *ready = (text); \
		size_t length = ready != NULL ? strlen(ready) : 0; \
		if (length > 0) { \
			put_literal(writer, "\"" name "\":\""); \
			(writer)->to = json_put((writer)->to, ready, length); \
			put_literal(writer, "\","); \
		} \
	} while (0)

const char *secadvisor_status(const struct flow *flow, const struct secadvisor_detail *detail)
{
	if (flow->finish_type != FINISH_NONE)
		return "ENDED";
	return detail->update_count == 0 ? "STARTED" : "UPDATED";
}

const char *secadvisor_finish_type(const struct flow *flow)
{
	if (flow->finish_type == FINISH_TIMEOUT)
		return "Timeout";
	if (flow->finish_type == FINISH_FIN)
		return "SYN_FIN";
	return flow->finish_type == FINISH_RST ? "SYN_RST" : "";
}

static void put_status(struct writer *writer, const struct flow *flow, const struct secadvisor_detail *detail)
{
	put_literal(writer, "\"Version\":\"" SECADVISOR_VERSION "\",");
	put_ready(writer, "Status", secadvisor_status(flow, detail));
	put_ready(writer, "FinishType", secadvisor_finish_type(flow));
}

static void put_network(struct writer *writer, const struct flow *flow, const struct secadvisor_detail *detail)
{
	if (flow->network_protocol_text.length + flow->network_a.length + flow->network_b.length == 0)
		return;
	put_literal(writer, "\"Network\":{");
	put_member(writer, "Protocol", flow->network_protocol_text);
	put_member(writer, "A", flow->network_a);
	put_member(writer, "B", flow->network_b);
	put_ready(writer, "A_Name", detail->a.pod_name);
	put_ready(writer, "B_Name", detail->b.pod_name);
	close_object(writer);
}

/* Ports are strings here. */
static void put_transport(struct writer *writer, const struct flow *flow)
{
	if ((flow->present & FLOW_HAS_TRANSPORT) == 0)
		return;
	put_literal(writer, "\"Transport\":{");
	put_member(writer, "Protocol", flow->transport_protocol_text);
	put_literal(writer, "\"A\":\"");
	writer->to = json_put_integer(writer->to, flow->port_a);
	put_literal(writer, "\",\"B\":\"");
	writer->to = json_put_integer(writer->to, flow->port_b);
	put_literal(writer, "\"},");
}

static void put_context_end(struct writer *writer, const struct topology_context *context)
{
	put_literal(writer, "{");
	put_ready(writer, "Type", context->type);
	put_ready(writer, "Name", context->name);
	put_ready(writer, "Set", context->set);
	close_object(writer);
}

static void put_context(struct writer *writer, const struct secadvisor_detail *detail)
{
	if (detail->a.type == NULL && detail->b.type == NULL)
		return;
	put_literal(writer, "\"Context\":{");
	if (detail->a.type != NULL) {
		put_literal(writer, "\"A\":");
		put_context_end(writer, &detail->a);
	}
	if (detail->b.type != NULL) {
		put_literal(writer, "\"B\":");
		put_context_end(writer, &detail->b);
	}
	close_object(writer);
}

/* The metrics as they came. */
static void put_metrics(struct writer *writer, const struct flow *flow)
{
	if (flow->last_update_text.length > 0) {
		put_literal(writer, "\"LastUpdateMetric\":");
		writer->to = json_put(writer->to, batch_text(writer->batch, flow->last_update_text),
			flow->last_update_text.length);
		*writer->to++ = ',';
	}
	if (flow->metric_text.length > 0) {
		put_literal(writer, "\"Metric\":");
		writer->to = json_put(writer->to, batch_text(writer->batch, flow->metric_text), flow->metric_text.length);
		*writer->to++ = ',';
	}
}

static void put_log_status(struct writer *writer, const struct record *record)
{
	if (record->log_status == LOG_STATUS_OK)
		put_literal(writer, "\"LogStatus\":\"OK\",");
	else if (record->log_status == LOG_STATUS_NODATA)
		put_literal(writer, "\"LogStatus\":\"NODATA\",");
	else if (record->log_status == LOG_STATUS_SKIPDATA)
		put_literal(writer, "\"LogStatus\":\"SKIPDATA\",");
}

/* What stands for no report: begin, end and status. */
static void put_interval(struct writer *writer, const struct record *record, int64_t start_ms, int64_t end_ms)
{
	put_number(writer, "Start", start_ms);
	put_number(writer, "Last", end_ms);
	put_literal(writer, "\"UpdateCount\":0,");
	put_log_status(writer, record);
}

static size_t context_bound(const struct topology_context *context)
{
	return context->type != NULL ? strlen(context->name) + strlen(context->set) + strlen(context->pod_name) : 0;
}

static size_t size_bound(const struct flow *flow, const struct secadvisor_detail *detail, bool sfe)
{
	size_t strings = (size_t)flow->uuid.length + flow->layers_path.length + flow->network_protocol_text.length
		+ flow->network_a.length + flow->network_b.length + flow->transport_protocol_text.length;

	return FIXED_SIZE + strings * (sfe ? JSON_GO_GROWTH : 1) + flow->last_update_text.length + flow->metric_text.length
		+ context_bound(&detail->a) + context_bound(&detail->b) + (detail->node_type != NULL ? strlen(detail->node_type) : 0)
		+ extend_bound(detail->extend, detail->values);
}

static int end_record(struct writer *writer, struct buffer *out)
{
	writer->to[-1] = '}';
	out->length = (size_t)(writer->to - out->bytes);
	return 0;
}

/* A capture interface's silence (record.h: flow NULL). */
static int write_silence(const struct record *record, struct buffer *out, bool sfe)
{
	const struct flow_log *log = record->detail;
	int error = buffer_reserve(out, FIXED_SIZE);
	struct writer writer;

	if (error != 0)
		return error;
	writer = (struct writer){ .to = out->bytes + out->length };
	*writer.to++ = '{';
	if (!sfe) {
		put_literal(&writer, "\"NodeTID\":\"");
		writer.to = json_put(writer.to, log->node_tid, strlen(log->node_tid));
		put_literal(&writer, "\",");
	}
	put_interval(&writer, record, log->start_ms, log->end_ms);
	return end_record(&writer, out);
}

/* The Go exporter's row beside the record of a flow with skipped reports; its times are those of writing it. */
static int write_skipped(const struct record *record, const struct batch *batch, struct buffer *out)
{
	const struct flow *flow = record->flow;
	const struct secadvisor_detail *detail = record->detail;
	int error = buffer_reserve(out, size_bound(flow, detail, true));
	struct writer writer;

	if (error != 0)
		return error;
	writer = (struct writer){ batch, out->bytes + out->length, true };
	*writer.to++ = '{';
	put_member(&writer, "UUID", flow->uuid);
	put_network(&writer, flow, detail);
	put_interval(&writer, record, batch->now_ms, batch->now_ms);
	return end_record(&writer, out);
}

static inline int write_record(const struct record *record, const struct batch *batch, struct buffer *out, bool sfe)
{
	const struct flow *flow = record->flow;
	const struct secadvisor_detail *detail = record->detail;
	int error = buffer_reserve(out, size_bound(flow, detail, sfe));
	struct writer writer;

	if (error != 0)
		return error;
	writer = (struct writer){ batch, out->bytes + out->length, sfe };
	*writer.to++ = '{';
	put_member(&writer, "UUID", flow->uuid);
	put_member(&writer, "LayersPath", flow->layers_path);
	put_status(&writer, flow, detail);
	put_network(&writer, flow, detail);
	put_transport(&writer, flow);
	put_context(&writer, detail);
	put_metrics(&writer, flow);
	put_number(&writer, "Start", flow->start);
	put_number(&writer, "Last", flow->last);
	put_number(&writer, "UpdateCount", (int64_t)detail->update_count);
	put_ready(&writer, "NodeType", detail->node_type);
	put_log_status(&writer, record);
	writer.to = extend_put(detail->extend, detail->values, writer.to);
	return end_record(&writer, out);
}

static int write_plain(const struct record *record, const struct batch *batch, struct buffer *out)
{
	return record->flow == NULL ? write_silence(record, out, false) : write_record(record, batch, out, false);
}

static int write_sfe(const struct record *record, const struct batch *batch, struct buffer *out)
{
	if (record->flow == NULL)
		return write_silence(record, out, true);
	if (record->log_status == LOG_STATUS_SKIPDATA)
		return write_skipped(record, batch, out);
	return write_record(record, batch, out, true);
}

const struct record_format record_format_secadvisor = { .name = "secadvisor", .write_json = write_plain };
const struct record_format record_format_secadvisor_sfe = { .name = "secadvisor", .write_json = write_sfe };
