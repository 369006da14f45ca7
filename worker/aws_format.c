#include "worker/aws_format.h"

#include <string.h>

#include "common/config/aws_fields.h"
#include "common/config/pipeline_config.h"
#include "worker/flow_log.h"
#include "worker/json_text.h"
#include "worker/json_write.h"

enum { FIELD_MAX = 2 * FLOW_LOG_TEXT + 4 };   /* longest value that a flow has, its quotes and a separator included */

struct column {
	const char *name;
	const char *constant;         /* NULL: none */
	uint8_t source;               /* enum aws_source */
	bool number;
};

/* Of the process's pipeline. */
static struct plan {
	struct column columns[AWS_FIELDS];
	size_t count;
	unsigned version;
	size_t size_max;              /* of a record in any encoding */
} plan;

/* ---- values ---- */

struct value {
	const char *text;             /* NULL: a number, unless there is none */
	int64_t number;
	bool there;
};

/* What a writer needs of one part of a record. */
struct part {
	const struct record *record;
	const struct flow_log *log;
	unsigned from, to;            /* enum flow_log_end */
	bool silent;
};

bool aws_is_silent(const struct record *record)
{
	return record->flow == NULL &&
		(record->log_status == LOG_STATUS_NODATA || record->log_status == LOG_STATUS_SKIPDATA);
}

static bool has_forward(const struct flow_log *log)
{
	return log->update.packets[FLOW_LOG_A] > 0 || log->action == ACTION_REJECTED;
}

static unsigned parts(const struct record *record)
{
	const struct flow_log *log = record->detail;

	if (aws_is_silent(record))
		return 1;
	return (unsigned)has_forward(log) + (log->update.packets[FLOW_LOG_B] > 0);
}

static struct part part_of(const struct record *record)
{
	const struct flow_log *log = record->detail;
	unsigned from = record->part == 0 && has_forward(log) ? FLOW_LOG_A : FLOW_LOG_B;

	return (struct part){ record, log, from, FLOW_LOG_A + FLOW_LOG_B - from, aws_is_silent(record) };
}

static struct value number(int64_t number, bool there)
{
	return (struct value){ NULL, number, there };
}

static struct value text(const char *text)
{
	return (struct value){ text, 0, text[0] != '\0' };
}

const char *aws_status_text(const struct record *record)
{
	switch (record->log_status) {
	case LOG_STATUS_NODATA:
		return "NODATA";
	case LOG_STATUS_SKIPDATA:
		return "SKIPDATA";
	default:
		return "OK";
	}
}

static const char *type_text(const struct flow_log *log)
{
	return log->network_protocol == PROTOCOL_IPV4 ? "IPv4" : log->network_protocol == PROTOCOL_IPV6 ? "IPv6" : "";
}

/* The direction is that of A's packets. */
static const char *direction_text(const struct part *part)
{
	bool out = (part->log->direction == DIRECTION_OUT) == (part->from == FLOW_LOG_A);

	return part->log->direction == DIRECTION_UNKNOWN ? "" : out ? "egress" : "ingress";
}

/* Protocols without ports have 0, as with AWS; what is not known to be one has none. */
static bool has_ports(const struct flow_log *log)
{
	return log->transport_protocol != PROTOCOL_UNKNOWN || log->protocol != 0 || (log->port[0] | log->port[1]) != 0;
}

static struct value flow_value(const struct part *part, enum aws_source source)
{
	const struct flow_log *log = part->log;

	switch (source) {
	case AWS_SOURCE_ADDRESS:
		return text(log->address[part->from]);
	case AWS_TARGET_ADDRESS:
		return text(log->address[part->to]);
	case AWS_SOURCE_PORT:
		return number(log->port[part->from], has_ports(log));
	case AWS_TARGET_PORT:
		return number(log->port[part->to], has_ports(log));
	case AWS_PROTOCOL:
		return number(log->protocol, log->protocol != 0);
	case AWS_PACKETS:
		return number(log->update.packets[part->from], true);
	case AWS_BYTES:
		return number(log->update.bytes[part->from], true);
	case AWS_ACTION:
		return text(log->action == ACTION_REJECTED ? "REJECT" : "ACCEPT");
	case AWS_TCP_FLAGS:
		return number(log->tcp_flags[part->from], log->has_tcp_metric);
	case AWS_TYPE:
		return text(type_text(log));
	case AWS_DIRECTION:
		return text(direction_text(part));
	default:
		return number(0, false);
	}
}

static struct value value_of(const struct part *part, const struct column *column)
{
	if (column->constant != NULL)
		return text(column->constant);
	switch (column->source) {
	case AWS_VERSION:
		return number(plan.version, true);
	case AWS_INTERFACE:
		return text(part->log->node_tid);
	case AWS_START:
		return number(part->log->start_ms / 1000, true);
	case AWS_END:
		return number(part->log->end_ms / 1000, true);
	case AWS_LOG_STATUS:
		return text(aws_status_text(part->record));
	default:
		return part->silent ? number(0, false) : flow_value(part, column->source);
	}
}

/* ---- writing ---- */

/* As RFC 4180 has it: in quotes where it holds what parts fields and lines. */
static char *put_csv(char *to, const char *text)
{
	size_t length = strlen(text);

	if (text[strcspn(text, ",\"\r\n")] == '\0')
		return json_put(to, text, length);
	*to++ = '"';
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"')
			*to++ = '"';
		*to++ = text[i];
	}
	*to++ = '"';
	return to;
}

/* AWS's text knows no quoting: a blank, which no address and no id has, becomes an underscore. */
static char *put_plain(char *to, const char *text)
{
	for (; *text != '\0'; text++)
		*to++ = *text == ' ' ? '_' : *text;
	return to;
}

static int write_row(const struct record *record, const struct batch *batch, char separator, struct buffer *out)
{
	struct part part = part_of(record);
	int error = buffer_reserve(out, plan.size_max);
	char *to;

	(void)batch;
	if (error != 0)
		return error;
	to = out->bytes + out->length;
	for (size_t i = 0; i < plan.count; i++) {
		struct value value = value_of(&part, &plan.columns[i]);

		if (!value.there)
			*to++ = '-';
		else if (value.text == NULL)
			to = json_put_integer(to, value.number);
		else
			to = separator == ',' ? put_csv(to, value.text) : put_plain(to, value.text);
		*to++ = separator;
	}
	out->length = (size_t)(to - 1 - out->bytes);
	return 0;
}

/* Constants are the configuration's; what a flow has is the text of a JSON string already. */
static char *put_json(char *to, const struct column *column, const struct value *value)
{
	bool bare = value->there && column->number;

	if (!bare)
		*to++ = '"';
	if (!value->there)
		*to++ = '-';
	else if (value->text == NULL)
		to = json_put_integer(to, value->number);
	else if (column->constant != NULL && !column->number)
		to = json_put_text(to, value->text, strlen(value->text));
	else
		to = json_put(to, value->text, strlen(value->text));
	if (!bare)
		*to++ = '"';
	return to;
}

static int write_json(const struct record *record, const struct batch *batch, struct buffer *out)
{
	struct part part = part_of(record);
	int error = buffer_reserve(out, plan.size_max);
	char *to;

	(void)batch;
	if (error != 0)
		return error;
	to = out->bytes + out->length;
	*to++ = '{';
	for (size_t i = 0; i < plan.count; i++) {
		const struct column *column = &plan.columns[i];
		struct value value = value_of(&part, column);

		*to++ = '"';
		to = json_put(to, column->name, strlen(column->name));
		*to++ = '"';
		*to++ = ':';
		to = put_json(to, column, &value);
		*to++ = ',';
	}
	to[-1] = '}';
	out->length = (size_t)(to - out->bytes);
	return 0;
}

/* ---- making ---- */

static const char *constant_of(const struct pipeline_config *config, const char *name)
{
	const struct text_map *constants = &config->transform.aws.constants;

	for (size_t i = 0; i < constants->count; i++) {
		if (strcmp(constants->items[i].name, name) == 0)
			return constants->items[i].value;
	}
	return NULL;
}

static const struct record_format format = { .name = "awsflowlogs", .write_json = write_json, .write_row = write_row,
	.parts = parts };

const struct record_format *aws_record_format(const struct pipeline_config *config)
{
	struct aws_columns columns;

	aws_columns_of(config, &columns);
	plan = (struct plan){ .version = columns.version, .count = columns.count, .size_max = sizeof("{}") };
	for (size_t i = 0; i < columns.count; i++) {
		const struct aws_field *field = &aws_fields[columns.fields[i]];
		const char *constant = aws_field_may_be_constant(field) ? constant_of(config, field->name) : NULL;

		plan.columns[i] = (struct column){ field->name, constant, field->source, field->number };
		plan.size_max += strlen(field->name) + sizeof("\"\":,") + FIELD_MAX +
			(constant != NULL ? JSON_GO_GROWTH * strlen(constant) : 0);
	}
	if (aws_is_sfe(config))
		return config->transform.aws.version == 3 ? &record_format_aws_sfe_v3 : &record_format_aws_sfe_v2;
	return &format;
}
