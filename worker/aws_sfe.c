/* The Go exporter's records of AWS flow logs: one a flow, both directions together, of the whole flow so far. */
#include <string.h>

#include "common/config/pipeline_config.h"
#include "worker/aws_format.h"
#include "worker/flow_log.h"
#include "worker/json_text.h"
#include "worker/json_write.h"

/* All names, punctuation and numbers of a record together are shorter than this. */
enum { FIXED_SIZE = 640 };

/* Numbers of Skydive's enum. */
static int skydive_protocol(uint8_t transport)
{
	static const uint8_t numbers[] = { [PROTOCOL_TCP] = 2, [PROTOCOL_UDP] = 3, [PROTOCOL_SCTP] = 4 };

	return transport < sizeof(numbers) ? numbers[transport] : 0;
}

static char *put_number(char *to, const char *name, int64_t number)
{
	to = json_put(to, name, strlen(name));
	return json_put_integer(to, number);
}

static char *put_text(char *to, const char *name, const char *text)
{
	to = json_put(to, name, strlen(name));
	to = json_put_as_go(to, text, strlen(text));
	*to++ = '"';
	return to;
}

static char *put_counters(char *to, const struct flow_log *log)
{
	const struct flow_log_counters *total = &log->total;

	to = put_number(to, ",\"SrcPort\":", log->port[FLOW_LOG_A]);
	to = put_number(to, ",\"DstPort\":", log->port[FLOW_LOG_B]);
	to = put_number(to, ",\"Protocol\":", skydive_protocol(log->transport_protocol));
	to = put_number(to, ",\"Packets\":", (int64_t)((uint64_t)total->packets[0] + (uint64_t)total->packets[1]));
	return put_number(to, ",\"Bytes\":", (int64_t)((uint64_t)total->bytes[0] + (uint64_t)total->bytes[1]));
}

/* What stands for no flow has an interval instead of a flow's times, and no action. */
static char *put_common(char *to, const struct record *record, int version)
{
	const struct flow_log *log = record->detail;
	bool silent = aws_is_silent(record);

	to = put_number(to, "{\"Version\":", version);
	to = put_number(to, ",\"AccountID\":\"12345678\",\"InterfaceID\":\"", log->link_id);
	*to++ = '"';
	to = put_text(to, ",\"SrcAddr\":\"", log->address[FLOW_LOG_A]);
	to = put_text(to, ",\"DstAddr\":\"", log->address[FLOW_LOG_B]);
	to = put_counters(to, log);
	to = put_number(to, ",\"Start\":", (silent ? log->start_ms : log->flow_start_ms) / 1000);
	to = put_number(to, ",\"End\":", (silent ? log->end_ms : log->flow_last_ms) / 1000);
	to = put_text(to, ",\"Action\":\"", silent ? "" : log->action == ACTION_REJECTED ? "REJECT" : "ACCEPT");
	return put_text(to, ",\"LogStatus\":\"", aws_status_text(record));
}

static int reserve(struct buffer *out)
{
	return buffer_reserve(out, FIXED_SIZE + (size_t)2 * FLOW_LOG_TEXT * JSON_GO_GROWTH);
}

static int write_v2(const struct record *record, const struct batch *batch, struct buffer *out)
{
	int error = reserve(out);
	char *to;

	(void)batch;
	if (error != 0)
		return error;
	to = put_common(out->bytes + out->length, record, 2);
	*to++ = '}';
	out->length = (size_t)(to - out->bytes);
	return 0;
}

static int write_v3(const struct record *record, const struct batch *batch, struct buffer *out)
{
	const struct flow_log *log = record->detail;
	int error = reserve(out);
	char *to;

	(void)batch;
	if (error != 0)
		return error;
	to = put_common(out->bytes + out->length, record, 3);
	to = json_put_literal(to, ",\"VpcID\":\"\",\"SubnetID\":\"\",\"InstanceID\":\"\",\"TCPFlags\":0");
	to = put_text(to, ",\"Type\":\"", log->network_protocol == PROTOCOL_IPV4 ? "IPv4" :
		log->network_protocol == PROTOCOL_IPV6 ? "IPv6" : "");
	to = json_put_literal(to, ",\"PktSrcAddr\":\"\",\"PktDstAddr\":\"\"}");
	out->length = (size_t)(to - out->bytes);
	return 0;
}

const struct record_format record_format_aws_sfe_v2 = { .name = "awsflowlogs", .write_json = write_v2 };
const struct record_format record_format_aws_sfe_v3 = { .name = "awsflowlogs", .write_json = write_v3 };
