#include "subscriber/decode_fields.h"

#define KEY(name) .key = "\"" name "\":", .length = sizeof("\"" name "\":") - 1, \
	.mask = (uint32_t)((UINT64_C(1) << (sizeof("\"" name "\":") - 1)) - 1)

#define TEXT(in, record, name, member) \
	{ KEY(name), .kind = FIELD_TEXT, .group = in, .offset = offsetof(record, member) }
#define INTEGER(in, record, name, member) \
	{ KEY(name), .kind = FIELD_INTEGER, .group = in, .offset = offsetof(record, member) }
#define PROTOCOL(in, member) \
	{ KEY("Protocol"), .kind = FIELD_PROTOCOL, .group = in, .offset = offsetof(struct flow, member##_text), \
	  .number_offset = offsetof(struct flow, member) }
#define LAYER(name, of, bit, text) \
	{ KEY(name), .kind = FIELD_LAYER, .group = GROUP_FLOW, .layer = of, .present = bit, .offset = text }
#define OTHER(in, name) { KEY(name), .kind = FIELD_OTHER, .group = in }
#define UNKNOWN(in) { .kind = FIELD_OTHER, .group = in }

#define METRIC(in, member) \
	INTEGER(in, struct flow, "ABPackets", member.ab_packets), \
	INTEGER(in, struct flow, "ABBytes", member.ab_bytes), \
	INTEGER(in, struct flow, "BAPackets", member.ba_packets), \
	INTEGER(in, struct flow, "BABytes", member.ba_bytes), \
	INTEGER(in, struct flow, "Start", member.start), \
	INTEGER(in, struct flow, "Last", member.last), \
	INTEGER(in, struct flow, "RTT", member.rtt)

/* The fields of a group stand together, a group's first field first. */
const struct field fields[FIELDS_ALL] = {
	TEXT(GROUP_ENVELOPE, struct envelope, "Namespace", namespace),
	TEXT(GROUP_ENVELOPE, struct envelope, "Type", type),
	{ KEY("Obj"), .kind = FIELD_LIST, .group = GROUP_ENVELOPE },

	TEXT(GROUP_STATS, struct stats, "CaptureID", capture_id),
	INTEGER(GROUP_STATS, struct stats, "FlowDropped", flow_dropped),
	INTEGER(GROUP_STATS, struct stats, "KernelFlowDropped", kernel_flow_dropped),
	INTEGER(GROUP_STATS, struct stats, "PacketsDropped", packets_dropped),

	TEXT(GROUP_FLOW, struct flow, "UUID", uuid),
	TEXT(GROUP_FLOW, struct flow, "LayersPath", layers_path),
	TEXT(GROUP_FLOW, struct flow, "Application", application),
	LAYER("Link", GROUP_LINK, FLOW_HAS_LINK, 0),
	LAYER("Network", GROUP_NETWORK, FLOW_HAS_NETWORK, 0),
	LAYER("ICMP", GROUP_ICMP, FLOW_HAS_ICMP, 0),
	LAYER("Transport", GROUP_TRANSPORT, FLOW_HAS_TRANSPORT, 0),
	LAYER("LastUpdateMetric", GROUP_LAST_UPDATE, FLOW_HAS_LAST_UPDATE, offsetof(struct flow, last_update_text)),
	LAYER("Metric", GROUP_METRIC, FLOW_HAS_METRIC, offsetof(struct flow, metric_text)),
	LAYER("TCPMetric", GROUP_TCP_METRIC, FLOW_HAS_TCP_METRIC, 0),
	INTEGER(GROUP_FLOW, struct flow, "Start", start),
	INTEGER(GROUP_FLOW, struct flow, "Last", last),
	TEXT(GROUP_FLOW, struct flow, "TrackingID", tracking_id),
	TEXT(GROUP_FLOW, struct flow, "L3TrackingID", l3_tracking_id),
	TEXT(GROUP_FLOW, struct flow, "ParentUUID", parent_uuid),
	TEXT(GROUP_FLOW, struct flow, "NodeTID", node_tid),
	TEXT(GROUP_FLOW, struct flow, "CaptureID", capture_id),
	INTEGER(GROUP_FLOW, struct flow, "RawPacketsCaptured", raw_packets_captured),
	{ KEY("FinishType"), .kind = FIELD_FLAGGED, .group = GROUP_FLOW, .offset = offsetof(struct flow, finish_type),
	  .present = FLOW_HAS_FINISH_TYPE },

	PROTOCOL(GROUP_LINK, link_protocol),
	TEXT(GROUP_LINK, struct flow, "A", link_a),
	TEXT(GROUP_LINK, struct flow, "B", link_b),
	INTEGER(GROUP_LINK, struct flow, "ID", link_id),

	PROTOCOL(GROUP_NETWORK, network_protocol),
	TEXT(GROUP_NETWORK, struct flow, "A", network_a),
	TEXT(GROUP_NETWORK, struct flow, "B", network_b),

	TEXT(GROUP_ICMP, struct flow, "Type", icmp_type),

	PROTOCOL(GROUP_TRANSPORT, transport_protocol),
	INTEGER(GROUP_TRANSPORT, struct flow, "A", port_a),
	INTEGER(GROUP_TRANSPORT, struct flow, "B", port_b),

	METRIC(GROUP_LAST_UPDATE, last_update),
	METRIC(GROUP_METRIC, metric),

	INTEGER(GROUP_TCP_METRIC, struct flow, "ABSynStart", tcp.ab_syn_start),
	INTEGER(GROUP_TCP_METRIC, struct flow, "BASynStart", tcp.ba_syn_start),
	INTEGER(GROUP_TCP_METRIC, struct flow, "ABFinStart", tcp.ab_fin_start),
	INTEGER(GROUP_TCP_METRIC, struct flow, "BAFinStart", tcp.ba_fin_start),
	INTEGER(GROUP_TCP_METRIC, struct flow, "ABRstStart", tcp.ab_rst_start),
	INTEGER(GROUP_TCP_METRIC, struct flow, "BARstStart", tcp.ba_rst_start),

	/* known for the sake of speed only: what is usual can be expected */
	[FIELDS_HELD] = OTHER(GROUP_ENVELOPE, "UUID"),
	OTHER(GROUP_ENVELOPE, "Status"),
	OTHER(GROUP_STATS, "FlowCount"),
	OTHER(GROUP_STATS, "PacketsReceived"),
	OTHER(GROUP_FLOW, "DNS"),
	OTHER(GROUP_FLOW, "DHCPv4"),
	OTHER(GROUP_FLOW, "VRRPv2"),
	OTHER(GROUP_FLOW, "IPMetric"),
	OTHER(GROUP_NETWORK, "ID"),
	OTHER(GROUP_ICMP, "Code"),
	OTHER(GROUP_ICMP, "ID"),
	OTHER(GROUP_TRANSPORT, "ID"),
	OTHER(GROUP_TCP_METRIC, "ABSynTTL"),
	OTHER(GROUP_TCP_METRIC, "BASynTTL"),
	OTHER(GROUP_TCP_METRIC, "ABSegmentOutOfOrder"),
	OTHER(GROUP_TCP_METRIC, "ABSegmentSkipped"),
	OTHER(GROUP_TCP_METRIC, "ABSegmentSkippedBytes"),
	OTHER(GROUP_TCP_METRIC, "ABPackets"),
	OTHER(GROUP_TCP_METRIC, "ABBytes"),
	OTHER(GROUP_TCP_METRIC, "ABSawStart"),
	OTHER(GROUP_TCP_METRIC, "ABSawEnd"),
	OTHER(GROUP_TCP_METRIC, "BASegmentOutOfOrder"),
	OTHER(GROUP_TCP_METRIC, "BASegmentSkipped"),
	OTHER(GROUP_TCP_METRIC, "BASegmentSkippedBytes"),
	OTHER(GROUP_TCP_METRIC, "BAPackets"),
	OTHER(GROUP_TCP_METRIC, "BABytes"),
	OTHER(GROUP_TCP_METRIC, "BASawStart"),
	OTHER(GROUP_TCP_METRIC, "BASawEnd"),

	[FIELDS_KNOWN] = UNKNOWN(GROUP_ENVELOPE), UNKNOWN(GROUP_STATS), UNKNOWN(GROUP_FLOW), UNKNOWN(GROUP_LINK),
	UNKNOWN(GROUP_NETWORK), UNKNOWN(GROUP_ICMP), UNKNOWN(GROUP_TRANSPORT), UNKNOWN(GROUP_LAST_UPDATE),
	UNKNOWN(GROUP_METRIC), UNKNOWN(GROUP_TCP_METRIC),
};

static unsigned name_slot(const char *name, size_t length)
{
	uint64_t word = 0;

	memcpy(&word, name, length < sizeof(word) ? length : sizeof(word));
	return (unsigned)((word * 0x9e3779b97f4a7c15u + length * 0xc2b2ae3d27d4eb4fu) >> 58);
}

void field_index_init(struct field_index *index)
{
	memset(index, 0, sizeof(*index));
	for (unsigned number = FIELDS_KNOWN; number-- > 0;) {
		const struct field *field = &fields[number];
		unsigned slot = name_slot(field->key + 1, field->length - 3u);

		while (index->slots[field->group][slot] != 0)
			slot = (slot + 1) % FIELD_SLOTS;
		index->slots[field->group][slot] = (uint8_t)(number + 1);
		index->first[field->group] = (uint8_t)number;
		if (number < FIELDS_HELD)
			index->held[field->group] |= UINT64_C(1) << number;
	}
}

const struct field *field_find(const struct field_index *index, enum group group, const char *name, size_t length)
{
	const uint8_t *slots = index->slots[group];

	for (unsigned slot = name_slot(name, length); slots[slot] != 0; slot = (slot + 1) % FIELD_SLOTS) {
		const struct field *field = &fields[slots[slot] - 1];

		if (field->length - 3u == length && memcmp(field->key + 1, name, length) == 0)
			return field;
	}
	return NULL;
}
