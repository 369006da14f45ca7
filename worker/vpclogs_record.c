#include "worker/vpclogs_record.h"

#include <string.h>

#include "common/clock.h"
#include "worker/flow_log.h"
#include "worker/json_text.h"
#include "worker/json_write.h"

/* All names, punctuation, numbers, times and words of a record together are shorter than this. */
enum { FIXED_SIZE = 1280 };
enum { IANA_TCP = 6, IANA_UDP = 17 };

/* Every member is written with a comma behind it; the bracket that closes the record takes the last one's place. */
struct writer {
	char *to;
	bool sfe;
};

#define put_literal(writer, literal) ((writer)->to = json_put_literal((writer)->to, literal))

static inline void put_quoted(struct writer *writer, const char *text, bool as_go)
{
	size_t length = strlen(text);

	*writer->to++ = '"';
	writer->to = as_go ? json_put_as_go(writer->to, text, length) : json_put(writer->to, text, length);
	*writer->to++ = '"';
	*writer->to++ = ',';
}

#define put_text(writer, name, text) \
	do { \
		if (!(writer)->sfe || (text)[0] != '\0') { \
			put_literal(writer, "\"" name "\":"); \
			put_quoted(writer, text, (writer)->sfe); \
		} \
	} while (0)

#define put_number(writer, name, value) \
	do { \
		if (!(writer)->sfe || (value) != 0) { \
			put_literal(writer, "\"" name "\":"); \
			(writer)->to = json_put_integer((writer)->to, value); \
			*(writer)->to++ = ','; \
		} \
	} while (0)

#define put_time(writer, name, ms) \
	do { \
		put_literal(writer, "\"" name "\":\""); \
		(writer)->to = clock_put_second((writer)->to, ms); \
		put_literal(writer, "\","); \
	} while (0)

#define put_flag(writer, name, value) \
	do { \
		if (value) \
			put_literal(writer, "\"" name "\":true,"); \
		else \
			put_literal(writer, "\"" name "\":false,"); \
	} while (0)

static const char *direction_of(const struct flow_log *log, bool sfe)
{
	/* indexed by enum flow_log_direction */
	static const char *const names[] = { "", "I", "O" }, *const sfe_names[] = { "", "inbound", "outbound" };

	return (sfe ? sfe_names : names)[log->direction];
}

static void put_action(struct writer *writer, const struct flow_log *log)
{
	/* indexed by enum flow_log_action */
	static const char *const names[] = { "", "accepted", "rejected" }, *const sfe_names[] = { "", "A", "R" };

	if (log->action != ACTION_UNSAID)
		put_text(writer, "action", (writer->sfe ? sfe_names : names)[log->action]);
}

static const char *ether_type_of(const struct flow_log *log, bool sfe)
{
	if (sfe || log->network_protocol == PROTOCOL_IPV4)
		return "IPv4";
	return log->network_protocol == PROTOCOL_IPV6 ? "IPv6" : "";
}

/* The exporter knows of two. */
static int64_t protocol_of(const struct flow_log *log, bool sfe)
{
	return sfe && log->protocol != IANA_TCP && log->protocol != IANA_UDP ? 0 : log->protocol;
}

static void put_ends(struct writer *writer, const struct flow_log *log)
{
	put_text(writer, "initiator_ip", log->address[FLOW_LOG_A]);
	put_text(writer, "target_ip", log->address[FLOW_LOG_B]);
	put_number(writer, "initiator_port", log->port[FLOW_LOG_A]);
	put_number(writer, "target_port", log->port[FLOW_LOG_B]);
	put_number(writer, "transport_protocol", protocol_of(log, writer->sfe));
	put_text(writer, "ether_type", ether_type_of(log, writer->sfe));
	put_flag(writer, "was_initiated", log->initiated);
	put_flag(writer, "was_terminated", log->terminated);
}

static void put_counters(struct writer *writer, const struct flow_log *log)
{
	put_number(writer, "cumulative_bytes_from_initiator", log->total.bytes[FLOW_LOG_A]);
	put_number(writer, "cumulative_packets_from_initiator", log->total.packets[FLOW_LOG_A]);
	put_number(writer, "cumulative_bytes_from_target", log->total.bytes[FLOW_LOG_B]);
	put_number(writer, "cumulative_packets_from_target", log->total.packets[FLOW_LOG_B]);
	put_number(writer, "bytes_from_initiator", log->update.bytes[FLOW_LOG_A]);
	put_number(writer, "packets_from_initiator", log->update.packets[FLOW_LOG_A]);
	put_number(writer, "bytes_from_target", log->update.bytes[FLOW_LOG_B]);
	put_number(writer, "packets_from_target", log->update.packets[FLOW_LOG_B]);
}

static inline int write_record(const struct record *record, struct buffer *out, bool sfe)
{
	const struct flow_log *log = record->detail;
	int error = buffer_reserve(out, FIXED_SIZE + (size_t)FLOW_LOG_ENDS * FLOW_LOG_TEXT * JSON_GO_GROWTH);
	struct writer writer;

	if (error != 0)
		return error;
	writer = (struct writer){ out->bytes + out->length, sfe };
	*writer.to++ = '{';
	put_time(&writer, "start_time", log->start_ms);
	put_time(&writer, "end_time", log->end_ms);
	put_time(&writer, "connection_start_time", log->connection_start_ms);
	put_text(&writer, "direction", direction_of(log, sfe));
	put_action(&writer, log);
	put_ends(&writer, log);
	put_counters(&writer, log);
	writer.to[-1] = '}';
	out->length = (size_t)(writer.to - out->bytes);
	return 0;
}

static int write_plain(const struct record *record, const struct batch *batch, struct buffer *out)
{
	(void)batch;
	return write_record(record, out, false);
}

static int write_sfe(const struct record *record, const struct batch *batch, struct buffer *out)
{
	(void)batch;
	return write_record(record, out, true);
}

const struct record_format record_format_vpclogs = { .name = "vpclogs", .write_json = write_plain };
const struct record_format record_format_vpclogs_sfe = { .name = "vpclogs", .write_json = write_sfe };
