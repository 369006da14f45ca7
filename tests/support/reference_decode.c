#include "tests/support/reference_decode.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { END, TEXT, PROTOCOL, INTEGER };

struct member {
	const char *name;
	enum kind kind;
	size_t offset;                /* in struct flow */
	size_t number;                /* PROTOCOL */
};

struct layer {
	const char *name;
	uint32_t present;
	size_t text;                  /* 0: none */
	struct member members[8];
};

#define FLOW(member) offsetof(struct flow, member)

static const struct member flow_members[] = {
	{ "UUID", TEXT, FLOW(uuid), 0 }, { "LayersPath", TEXT, FLOW(layers_path), 0 },
	{ "Application", TEXT, FLOW(application), 0 }, { "Start", INTEGER, FLOW(start), 0 },
	{ "Last", INTEGER, FLOW(last), 0 }, { "TrackingID", TEXT, FLOW(tracking_id), 0 },
	{ "L3TrackingID", TEXT, FLOW(l3_tracking_id), 0 }, { "ParentUUID", TEXT, FLOW(parent_uuid), 0 },
	{ "NodeTID", TEXT, FLOW(node_tid), 0 }, { "CaptureID", TEXT, FLOW(capture_id), 0 },
	{ "RawPacketsCaptured", INTEGER, FLOW(raw_packets_captured), 0 },
	{ "FinishType", INTEGER, FLOW(finish_type), 0 }, { 0 },
};

#define METRIC(metric) { \
	{ "ABPackets", INTEGER, FLOW(metric.ab_packets), 0 }, { "ABBytes", INTEGER, FLOW(metric.ab_bytes), 0 }, \
	{ "BAPackets", INTEGER, FLOW(metric.ba_packets), 0 }, { "BABytes", INTEGER, FLOW(metric.ba_bytes), 0 }, \
	{ "Start", INTEGER, FLOW(metric.start), 0 }, { "Last", INTEGER, FLOW(metric.last), 0 }, \
	{ "RTT", INTEGER, FLOW(metric.rtt), 0 } }

static const struct layer layers[] = {
	{ "Link", FLOW_HAS_LINK, 0, {
		{ "Protocol", PROTOCOL, FLOW(link_protocol_text), FLOW(link_protocol) }, { "A", TEXT, FLOW(link_a), 0 },
		{ "B", TEXT, FLOW(link_b), 0 }, { "ID", INTEGER, FLOW(link_id), 0 } } },
	{ "Network", FLOW_HAS_NETWORK, 0, {
		{ "Protocol", PROTOCOL, FLOW(network_protocol_text), FLOW(network_protocol) },
		{ "A", TEXT, FLOW(network_a), 0 }, { "B", TEXT, FLOW(network_b), 0 } } },
	{ "ICMP", FLOW_HAS_ICMP, 0, { { "Type", TEXT, FLOW(icmp_type), 0 } } },
	{ "Transport", FLOW_HAS_TRANSPORT, 0, {
		{ "Protocol", PROTOCOL, FLOW(transport_protocol_text), FLOW(transport_protocol) },
		{ "A", INTEGER, FLOW(port_a), 0 }, { "B", INTEGER, FLOW(port_b), 0 } } },
	{ "LastUpdateMetric", FLOW_HAS_LAST_UPDATE, FLOW(last_update_text), METRIC(last_update) },
	{ "Metric", FLOW_HAS_METRIC, FLOW(metric_text), METRIC(metric) },
	{ "TCPMetric", FLOW_HAS_TCP_METRIC, 0, {
		{ "ABSynStart", INTEGER, FLOW(tcp.ab_syn_start), 0 }, { "BASynStart", INTEGER, FLOW(tcp.ba_syn_start), 0 },
		{ "ABFinStart", INTEGER, FLOW(tcp.ab_fin_start), 0 }, { "BAFinStart", INTEGER, FLOW(tcp.ba_fin_start), 0 },
		{ "ABRstStart", INTEGER, FLOW(tcp.ab_rst_start), 0 }, { "BARstStart", INTEGER, FLOW(tcp.ba_rst_start), 0 } } },
};

enum { LAYERS = sizeof(layers) / sizeof(*layers) };

struct comparison {
	const char *text;
	const struct flow *flow;
	const struct flow_column *column;
	char *reason;
};

__attribute__((format(printf, 2, 3)))
static int differ(struct comparison *comparison, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(comparison->reason, REFERENCE_REASON_SIZE, format, arguments);
	va_end(arguments);
	return -1;
}

/* NULL for what is absent: missing or null. */
static json_t *value_of(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return value != NULL && !json_is_null(value) ? value : NULL;
}

static bool members_valid(const json_t *object, const struct member *members)
{
	for (; members->kind != END; members++) {
		const json_t *value = value_of(object, members->name);

		if (value != NULL && !(members->kind == INTEGER ? json_is_integer(value) : json_is_string(value)))
			return false;
	}
	return true;
}

static bool flow_valid(const json_t *object)
{
	if (!json_is_object(object) || !members_valid(object, flow_members))
		return false;
	for (unsigned i = 0; i < LAYERS; i++) {
		const json_t *layer = value_of(object, layers[i].name);

		if (layer != NULL && (!json_is_object(layer) || !members_valid(layer, layers[i].members)))
			return false;
	}
	return true;
}

/* A text_ref's value, by jansson; NULL when it is no string. */
static json_t *ref_value(const struct comparison *comparison, struct text_ref ref)
{
	size_t size = ref.length + 4u;
	char *quoted = malloc(size);
	json_t *list, *value;

	memcpy(quoted, "[\"", 2);
	memcpy(quoted + 2, comparison->text + ref.offset, ref.length);
	memcpy(quoted + 2 + ref.length, "\"]", 2);
	list = json_loadb(quoted, size, JSON_ALLOW_NUL, NULL);
	value = json_incref(json_array_get(list, 0));
	json_decref(list);
	free(quoted);
	return value;
}

static int text_compare(struct comparison *comparison, const char *name, struct text_ref ref, const json_t *expected)
{
	json_t *value;
	bool equal;

	if (expected == NULL)
		return ref.length == 0 && !ref.escaped ? 0 : differ(comparison, "%s is not absent", name);
	value = ref_value(comparison, ref);
	equal = json_equal(value, expected) &&
		ref.escaped == (memchr(comparison->text + ref.offset, '\\', ref.length) != NULL);
	json_decref(value);
	return equal ? 0 : differ(comparison, "%s: \"%.*s\"", name, (int)ref.length, comparison->text + ref.offset);
}

static unsigned protocol_expected(const json_t *value)
{
	static const char *const names[] = { "", "ETHERNET", "IPV4", "IPV6", "TCP", "UDP", "SCTP" };

	for (unsigned i = 1; value != NULL && i < sizeof(names) / sizeof(*names); i++) {
		if (json_string_length(value) == strlen(names[i]) && strcmp(json_string_value(value), names[i]) == 0)
			return i;
	}
	return PROTOCOL_UNKNOWN;
}

static int members_compare(struct comparison *comparison, const json_t *object, const struct member *members)
{
	for (; members->kind != END; members++) {
		const json_t *expected = value_of(object, members->name);
		const char *at = (const char *)comparison->flow + members->offset;
		int64_t number;

		if (members->kind == INTEGER) {
			memcpy(&number, at, sizeof(number));
			if (number != json_integer_value(expected))
				return differ(comparison, "%s: %" PRId64, members->name, number);
			continue;
		}
		if (text_compare(comparison, members->name, *(const struct text_ref *)at, expected) != 0)
			return -1;
		if (members->kind == PROTOCOL &&
		    *((const uint8_t *)comparison->flow + members->number) != protocol_expected(expected))
			return differ(comparison, "number of %s", members->name);
	}
	return 0;
}

/* An object that was kept as text. */
static int object_compare(struct comparison *comparison, const char *name, struct text_ref ref, json_t *expected)
{
	json_t *object;
	bool equal;

	if (expected == NULL)
		return ref.length == 0 ? 0 : differ(comparison, "text of %s is not absent", name);
	object = reference_load(comparison->text + ref.offset, ref.length);
	equal = !ref.escaped && json_equal(object, expected);
	json_decref(object);
	return equal ? 0 : differ(comparison, "text of %s", name);
}

static int address_compare(struct comparison *comparison, struct text_ref ref, const json_t *value, unsigned bit,
	const uint8_t *address)
{
	uint8_t expected[16] = { [10] = 0xff, [11] = 0xff };
	const char *text = json_string_value(value);
	bool valid = !ref.escaped && text != NULL && strlen(text) == json_string_length(value) &&
		(inet_pton(AF_INET, text, expected + 12) == 1 || inet_pton(AF_INET6, text, expected) == 1);

	if (!valid)
		memset(expected, 0, sizeof(expected));
	if (memcmp(address, expected, 16) != 0 || ((comparison->column->valid & bit) != 0) != valid)
		return differ(comparison, "address %s", text != NULL ? text : "(absent)");
	return 0;
}

static int column_compare(struct comparison *comparison, const json_t *object)
{
	const struct flow *flow = comparison->flow;
	const struct flow_column *column = comparison->column;
	const json_t *network = value_of(object, "Network");
	struct text_ref capture = flow->capture_id;

	if (column->text_length != flow->raw.length)
		return differ(comparison, "column's text length");
	if (column->capture != flow_capture_hash(comparison->text + capture.offset, capture.length))
		return differ(comparison, "column's capture");
	if (address_compare(comparison, flow->network_a, value_of(network, "A"), ADDRESS_A_VALID, column->a) != 0)
		return -1;
	return address_compare(comparison, flow->network_b, value_of(network, "B"), ADDRESS_B_VALID, column->b);
}

static int flow_compare(struct comparison *comparison, json_t *object)
{
	const struct flow *flow = comparison->flow;
	uint32_t present = value_of(object, "FinishType") != NULL ? FLOW_HAS_FINISH_TYPE : 0;

	for (unsigned i = 0; i < LAYERS; i++) {
		json_t *layer = value_of(object, layers[i].name);

		present |= layer != NULL ? layers[i].present : 0;
		if (members_compare(comparison, layer, layers[i].members) != 0)
			return -1;
		if (layers[i].text != 0 && object_compare(comparison, layers[i].name,
			*(const struct text_ref *)((const char *)flow + layers[i].text), layer) != 0)
			return -1;
	}
	if (flow->present != present)
		return differ(comparison, "present: %x, not %x", flow->present, present);
	if (members_compare(comparison, object, flow_members) != 0 ||
	    object_compare(comparison, "flow", flow->raw, object) != 0)
		return -1;
	return column_compare(comparison, object);
}

static int flows_compare(struct comparison *comparison, const json_t *list, const struct decoded *out)
{
	uint32_t count = 0, malformed = 0;
	size_t index;
	json_t *element;

	json_array_foreach(list, index, element) {
		if (!flow_valid(element)) {
			malformed++;
			continue;
		}
		if (count == out->count)
			return differ(comparison, "flow %zu is missing", index);
		comparison->flow = &out->flows[count];
		comparison->column = &out->columns[count];
		count++;
		if (flow_compare(comparison, element) != 0)
			return -1;
	}
	if (count != out->count || malformed != out->malformed)
		return differ(comparison, "%u flows, %u malformed; not %u, %u", out->count, out->malformed, count, malformed);
	return 0;
}

/* A count of the statistics: absent is 0. Clears *valid when it is of a wrong type or negative. */
static uint64_t stats_number(const json_t *object, const char *name, bool *valid)
{
	const json_t *value = value_of(object, name);

	if (value != NULL && (!json_is_integer(value) || json_integer_value(value) < 0))
		*valid = false;
	return (uint64_t)json_integer_value(value);
}

/* Whether the object is a valid one of statistics; fills drops but for the capture. */
static bool stats_read(const json_t *object, struct ring_drops *drops)
{
	const json_t *capture = value_of(object, "CaptureID");
	bool valid = json_is_object(object) && (capture == NULL || json_is_string(capture));

	drops->flow_dropped = stats_number(object, "FlowDropped", &valid);
	drops->kernel_flow_dropped = stats_number(object, "KernelFlowDropped", &valid);
	drops->packets_dropped = stats_number(object, "PacketsDropped", &valid);
	return valid;
}

static enum decoded_kind kind_expected(const json_t *root)
{
	const json_t *namespace = value_of(root, "Namespace"), *type = value_of(root, "Type");
	const char *name = namespace != NULL ? json_string_value(namespace) : "";
	size_t name_length = json_string_length(namespace), type_length = json_string_length(type);

	if (type_length == 5 && strcmp(json_string_value(type), "store") == 0 &&
	    (strncmp(name, "flow/", 5) == 0 || (name_length == 4 && strcmp(name, "flow") == 0)))
		return DECODED_FLOWS;
	if (type_length == 5 && strcmp(json_string_value(type), "stats") == 0 && name_length == 5 &&
	    strcmp(name, "stats") == 0)
		return DECODED_STATS;
	return DECODED_IGNORED;
}

/* Whether the message is one at all; *drops is filled for statistics. */
static bool message_valid(const json_t *root, struct ring_drops *drops)
{
	const json_t *namespace = value_of(root, "Namespace"), *type = value_of(root, "Type"), *obj = value_of(root, "Obj");

	if (!json_is_object(root) || (namespace != NULL && !json_is_string(namespace)) ||
	    (type != NULL && !json_is_string(type)))
		return false;
	switch (kind_expected(root)) {
	case DECODED_FLOWS:
		return obj == NULL || json_is_array(obj);
	case DECODED_STATS:
		return stats_read(obj, drops);
	default:
		return true;
	}
}

static int message_compare(struct comparison *comparison, const json_t *root, int result, const struct decoded *out)
{
	struct ring_drops drops = { 0 };

	if (!message_valid(root, &drops))
		return result == ERR_INVALID ? 0 : differ(comparison, "accepted, though it is no message");
	if (result != 0)
		return differ(comparison, "refused, though it is a message");
	if (out->kind != kind_expected(root))
		return differ(comparison, "kind %d", (int)out->kind);
	if (text_compare(comparison, "Namespace", out->namespace, value_of(root, "Namespace")) != 0)
		return -1;
	if (out->kind == DECODED_FLOWS)
		return flows_compare(comparison, value_of(root, "Obj"), out);
	if (out->drops.flow_dropped != drops.flow_dropped || out->drops.packets_dropped != drops.packets_dropped ||
	    out->drops.kernel_flow_dropped != drops.kernel_flow_dropped)
		return differ(comparison, "statistics");
	return out->count == 0 && out->malformed == 0 ? 0 : differ(comparison, "flows in another message");
}

int reference_compare(const char *text, size_t length, int result, const struct decoded *out,
	char reason[REFERENCE_REASON_SIZE])
{
	struct comparison comparison = { .text = text, .reason = reason };
	json_t *root = reference_load(text, length);
	int difference;

	if (root == NULL)
		difference = result != 0 ? 0 : differ(&comparison, "accepted, though jansson refuses it");
	else if (result == ERR_LIMIT && length > DECODE_FLOWS_MAX)
		difference = 0;       /* more flows than any analyzer sends */
	else
		difference = message_compare(&comparison, root, result, out);
	json_decref(root);
	return difference;
}
