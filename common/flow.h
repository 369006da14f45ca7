/* A decoded flow, as the subscriber writes it into the ring and the workers read it: fixed layout, no pointers.
 *
 * Source of the fields: Skydive's flow.Flow as the analyzer sends it in JSON. A field that is missing or null is
 * absent (its bit in `present` is clear, its value 0 or empty); an unknown field is ignored here and kept in the raw
 * text. Texts are offsets into the message's raw text, which is stored behind the records of its batch. */
#ifndef SLUICE_COMMON_FLOW_H
#define SLUICE_COMMON_FLOW_H

#include <stddef.h>
#include <stdint.h>

/* A piece of the message's text. A string: what stands between its quotes. An object: from { to }. */
struct text_ref {
	uint32_t offset;              /* bytes from the start of the batch's text */
	uint32_t length : 31;         /* bytes; 0 for an absent text */
	uint32_t escaped : 1;         /* a string with a backslash in it: not yet its value */
};

enum flow_present {
	FLOW_HAS_LINK = 1 << 0,
	FLOW_HAS_NETWORK = 1 << 1,
	FLOW_HAS_ICMP = 1 << 2,
	FLOW_HAS_TRANSPORT = 1 << 3,
	FLOW_HAS_LAST_UPDATE = 1 << 4,
	FLOW_HAS_METRIC = 1 << 5,
	FLOW_HAS_TCP_METRIC = 1 << 6,
	FLOW_HAS_FINISH_TYPE = 1 << 7,
};

/* Skydive's FlowProtocol. */
enum flow_protocol {
	PROTOCOL_UNKNOWN = 0,         /* absent, or a name that is not known here: the text says which */
	PROTOCOL_ETHERNET, PROTOCOL_IPV4, PROTOCOL_IPV6, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP,
};

/* Skydive's FlowFinishType, as the number that was sent. */
enum flow_finish { FINISH_NONE = 0, FINISH_TIMEOUT = 1, FINISH_FIN = 2, FINISH_RST = 3 };

struct flow_metric {
	int64_t ab_packets, ab_bytes, ba_packets, ba_bytes;
	int64_t start, last;          /* ms since the epoch */
	int64_t rtt;                  /* ns */
};

struct flow_tcp_metric {
	int64_t ab_syn_start, ba_syn_start, ab_fin_start, ba_fin_start, ab_rst_start, ba_rst_start;  /* ms, 0: none seen */
};

struct flow {
	uint32_t present;             /* enum flow_present */
	uint8_t link_protocol, network_protocol, transport_protocol, reserved;      /* enum flow_protocol */
	int64_t finish_type;          /* enum flow_finish, or an unknown number */
	int64_t link_id;              /* VLAN */
	int64_t port_a, port_b;       /* Transport.A and .B */
	int64_t start, last;          /* ms since the epoch */
	int64_t raw_packets_captured;
	struct flow_metric last_update;
	struct flow_metric metric;
	struct flow_tcp_metric tcp;
	struct text_ref raw;          /* the whole flow, from { to } */
	struct text_ref uuid, layers_path, application;
	struct text_ref link_protocol_text, link_a, link_b;
	struct text_ref network_protocol_text, network_a, network_b;
	struct text_ref transport_protocol_text;
	struct text_ref icmp_type;
	struct text_ref last_update_text, metric_text;        /* the objects as they came */
	struct text_ref tracking_id, l3_tracking_id, parent_uuid, node_tid, capture_id;
};

/* All texts of a flow, as one array: from raw on to the flow's end. */
enum { FLOW_TEXTS = (sizeof(struct flow) - offsetof(struct flow, raw)) / sizeof(struct text_ref) };
_Static_assert(offsetof(struct flow, capture_id) + sizeof(struct text_ref) == sizeof(struct flow),
	"a flow ends with its text references, from raw on, and nothing else");

static inline struct text_ref *flow_texts(struct flow *flow)
{
	return (struct text_ref *)(void *)((char *)flow + offsetof(struct flow, raw));
}

enum address_valid { ADDRESS_A_VALID = 1, ADDRESS_B_VALID = 2 };

/* What is needed to decide whether a pipeline wants a flow, apart from the rest, so that a pipeline that does not want
 * it never touches more. One of these a flow, in the order of the message. */
struct flow_column {
	uint8_t a[16], b[16];         /* Network.A and .B, IPv4 as ::ffff:a.b.c.d; zeros when not valid */
	uint64_t capture;             /* flow_capture_hash(CaptureID) */
	uint32_t text_length;         /* of the flow's raw text */
	uint32_t valid;               /* enum address_valid: parsed as a plain IP address */
};

/* FNV-1a, 64 bit, of a capture id (undecoded JSON string). 0 is never returned for a non-empty id; "" gives 0. */
uint64_t flow_capture_hash(const char *text, uint32_t length);

/* Parses a plain IPv4 or IPv6 address as Go's net.ParseIP does (no zone, no prefix length, no leading zeros) into 16
 * bytes, IPv4 as ::ffff:a.b.c.d. Returns 1 when valid, else 0 with zeroed bytes. */
int address_parse(const char *text, uint32_t length, uint8_t *address);

#endif
