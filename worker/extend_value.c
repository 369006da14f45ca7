#include "worker/extend_value.h"

#include <string.h>

#include "common/flow.h"
#include "worker/batch.h"
#include "worker/json_text.h"
#include "worker/json_write.h"

/* Where a field's value is. */
enum place { FLOW_TEXT, FLOW_NUMBER, DETAIL_TEXT, DETAIL_COUNT, STATUS_TEXT };

struct source_field {
	enum place place;
	size_t offset;                /* in the flow, or the detail */
	uint32_t needs;               /* enum flow_present: without it the record has no such layer */
};

#define TEXT(member, needs) { FLOW_TEXT, offsetof(struct flow, member), needs }
#define NUMBER(member, needs) { FLOW_NUMBER, offsetof(struct flow, member), needs }
#define DETAIL(member) { DETAIL_TEXT, offsetof(struct secadvisor_detail, member), 0 }
#define STATUS { STATUS_TEXT, 0, 0 }

static const struct source_field fields[EXTEND_FIELDS] = {
	[EXTEND_UUID] = TEXT(uuid, 0), [EXTEND_LINK_ID] = NUMBER(link_id, 0), [EXTEND_L3_TRACKING_ID] = TEXT(l3_tracking_id, 0),
	[EXTEND_LAYERS_PATH] = TEXT(layers_path, 0),
	[EXTEND_VERSION] = STATUS, [EXTEND_STATUS] = STATUS, [EXTEND_FINISH_TYPE] = STATUS,
	[EXTEND_NETWORK_PROTOCOL] = TEXT(network_protocol_text, FLOW_HAS_NETWORK),
	[EXTEND_NETWORK_A] = TEXT(network_a, FLOW_HAS_NETWORK), [EXTEND_NETWORK_B] = TEXT(network_b, FLOW_HAS_NETWORK),
	[EXTEND_NETWORK_A_NAME] = { DETAIL_TEXT, offsetof(struct secadvisor_detail, a.pod_name), FLOW_HAS_NETWORK },
	[EXTEND_NETWORK_B_NAME] = { DETAIL_TEXT, offsetof(struct secadvisor_detail, b.pod_name), FLOW_HAS_NETWORK },
	[EXTEND_TRANSPORT_PROTOCOL] = TEXT(transport_protocol_text, FLOW_HAS_TRANSPORT),
	[EXTEND_TRANSPORT_A] = NUMBER(port_a, FLOW_HAS_TRANSPORT), [EXTEND_TRANSPORT_B] = NUMBER(port_b, FLOW_HAS_TRANSPORT),
	[EXTEND_CONTEXT_A_TYPE] = DETAIL(a.type), [EXTEND_CONTEXT_A_NAME] = DETAIL(a.name), [EXTEND_CONTEXT_A_SET] = DETAIL(a.set),
	[EXTEND_CONTEXT_B_TYPE] = DETAIL(b.type), [EXTEND_CONTEXT_B_NAME] = DETAIL(b.name), [EXTEND_CONTEXT_B_SET] = DETAIL(b.set),
	[EXTEND_UPDATE_AB_PACKETS] = NUMBER(last_update.ab_packets, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_AB_BYTES] = NUMBER(last_update.ab_bytes, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_BA_PACKETS] = NUMBER(last_update.ba_packets, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_BA_BYTES] = NUMBER(last_update.ba_bytes, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_START] = NUMBER(last_update.start, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_LAST] = NUMBER(last_update.last, FLOW_HAS_LAST_UPDATE),
	[EXTEND_UPDATE_RTT] = NUMBER(last_update.rtt, FLOW_HAS_LAST_UPDATE),
	[EXTEND_METRIC_AB_PACKETS] = NUMBER(metric.ab_packets, FLOW_HAS_METRIC),
	[EXTEND_METRIC_AB_BYTES] = NUMBER(metric.ab_bytes, FLOW_HAS_METRIC),
	[EXTEND_METRIC_BA_PACKETS] = NUMBER(metric.ba_packets, FLOW_HAS_METRIC),
	[EXTEND_METRIC_BA_BYTES] = NUMBER(metric.ba_bytes, FLOW_HAS_METRIC),
	[EXTEND_METRIC_START] = NUMBER(metric.start, FLOW_HAS_METRIC), [EXTEND_METRIC_LAST] = NUMBER(metric.last, FLOW_HAS_METRIC),
	[EXTEND_METRIC_RTT] = NUMBER(metric.rtt, FLOW_HAS_METRIC),
	[EXTEND_START] = NUMBER(start, 0), [EXTEND_LAST] = NUMBER(last, 0), [EXTEND_UPDATE_COUNT] = { DETAIL_COUNT, 0, 0 },
	[EXTEND_NODE_TYPE] = DETAIL(node_type),
};

static const char outside_quotes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";

static bool may_stand(const char *text, size_t length, bool quoted)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x20 || byte == 0x7f || byte == '\'' || byte == '"' || byte == '\\' ||
			(!quoted && strchr(outside_quotes, byte) == NULL))
			return false;
	}
	return true;
}

/* The inside of a JSON string. */
static bool put_text(struct buffer *out, const char *text, size_t length, bool quoted)
{
	size_t start = out->length;

	if (memchr(text, '\\', length) == NULL) {
		if (buffer_append(out, text, length) != 0)
			return false;
	} else {
		if (length > EXTEND_QUERY_MAX || buffer_reserve(out, 3 * length) != 0)
			return false;
		out->length = (size_t)(json_take_text(out->bytes + start, text, length) - out->bytes);
	}
	return may_stand(out->bytes + start, out->length - start, quoted);
}

static bool put_number(struct buffer *out, int64_t value)
{
	char digits[JSON_INTEGER_SIZE + 1];

	return buffer_append(out, digits, (size_t)(json_put_integer(digits, value) - digits)) == 0;
}

/* The contexts' own fields are of a layer that an end without a context has not. */
static bool is_in_context(enum extend_field field)
{
	return field >= EXTEND_CONTEXT_A_TYPE && field <= EXTEND_CONTEXT_B_SET;
}

static const char *status_text(enum extend_field field, const struct extend_source *source)
{
	if (field == EXTEND_VERSION)
		return SECADVISOR_VERSION;
	return field == EXTEND_STATUS ? secadvisor_status(source->flow, source->detail) : secadvisor_finish_type(source->flow);
}

static struct text_ref text_of(const struct flow *flow, size_t offset)
{
	struct text_ref text;

	memcpy(&text, (const char *)flow + offset, sizeof(text));
	return text;
}

bool extend_put_value(struct buffer *out, enum extend_field field, bool quoted, const struct extend_source *source)
{
	const struct source_field *from = &fields[field];
	struct text_ref text = { 0 };
	const char *value = "";
	size_t length;

	if ((source->flow->present & from->needs) != from->needs)
		return false;
	if (from->place == DETAIL_COUNT)
		return put_number(out, (int64_t)source->detail->update_count);
	if (from->place == FLOW_NUMBER)
		return put_number(out, *(const int64_t *)(const void *)((const char *)source->flow + from->offset));
	if (from->place == FLOW_TEXT)
		text = text_of(source->flow, from->offset);
	else if (from->place == DETAIL_TEXT)
		value = *(const char *const *)(const void *)((const char *)source->detail + from->offset);
	else
		value = status_text(field, source);
	if (from->place == FLOW_TEXT)
		value = batch_text(source->batch, text);
	length = from->place == FLOW_TEXT ? text.length : value != NULL ? strlen(value) : 0;
	if (length == 0)
		return source->empty_texts && (value != NULL || !is_in_context(field));
	return put_text(out, value, length, quoted);
}
