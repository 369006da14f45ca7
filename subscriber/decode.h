/* Decodes an analyzer's message once: the envelope {"Namespace","Type","UUID","Status","Obj"}, and in it the flows,
 * into the fixed-layout records of common/flow.h, whose texts stay where they are in the message.
 *
 * What is accepted
 *   The grammar is RFC 8259 with jansson's limits: object or array outside, nested to at most 2048, valid UTF-8, no
 *   lone surrogate, no control character in a string. Where that is broken, at any byte, the whole message is refused.
 *   Two things that jansson refuses by default are accepted, since they are JSON and one odd flow must not cost its
 *   neighbours: \u0000 in a string (a host can put it into a DNS name) and numbers of any size (wrong only where a
 *   field of ours should hold them). A NUL byte is refused everywhere; jansson overlooks one behind a number.
 *   Keys are compared by value (escapes decoded), case-sensitive: "uuid" is an unknown field, though Go would take it for
 *   UUID. The last of equal keys counts, and replaces the earlier one whole: a second "Link" leaves nothing of the first.
 *   Fields come in any order.
 *
 * Messages
 *   flow or flow/<capture> with Type store: flows; Obj null or missing is no flows; Obj of any other kind than array
 *   refuses the message. stats with Type stats: one probe's figures; Obj must be an object of integers that are not
 *   negative. Every other Namespace or Type, also missing or null, is ignored. Namespace or Type of another type than
 *   string refuses the message. UUID and Status are not looked at.
 *
 * Flows
 *   A field of struct flow with a value of another JSON type (a string or float where an integer belongs, a number as
 *   Protocol or FinishType's name, an array as layer), or an integer beyond 64 bits, makes the flow malformed, as does a
 *   flow that is no object (null too): it is left out and counted, its neighbours stay.
 *   null is the same as absent. An unknown name of a protocol or ICMP type, an unknown finish type, unknown fields of any
 *   type and missing layers are normal: the text is kept, the number stays 0 (FinishType: as sent). Fields that struct
 *   flow does not hold (DNS, Network.ID, ICMP.Code, TCPMetric's counters …) may have any type. */
#ifndef SLUICE_SUBSCRIBER_DECODE_H
#define SLUICE_SUBSCRIBER_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/flow.h"
#include "common/ring.h"

/* Bytes behind a message's text that must be readable; the first of them must be NUL. The decoder looks at words and
 * vectors instead of bytes, and never writes. */
enum { DECODE_PADDING = 64 };

/* Flows of one message at most, where the caller has no other bound: an analyzer sends up to 100. */
enum { DECODE_FLOWS_MAX = 8192 };

enum decoded_kind { DECODED_FLOWS = 1, DECODED_STATS, DECODED_IGNORED };

/* Valid until the decoder's next message or its end. */
struct decoded {
	enum decoded_kind kind;
	struct text_ref namespace;    /* in the message's text */
	const struct flow_column *columns;    /* DECODED_FLOWS: count of each, in the order of the message */
	const struct flow *flows;
	uint32_t count;
	uint32_t malformed;           /* flows of this message that were left out */
	struct ring_drops drops;      /* DECODED_STATS */
};

struct decoder;

/* flows_max: most flows that a message may hold (memory grows with the largest message seen, up to it). */
int decoder_new(struct decoder **decoder, uint32_t flows_max, struct err *err);
void decoder_free(struct decoder **decoder);

/* Decodes `length` bytes at text (followed by DECODE_PADDING more, see there). The order of keys is learned from flow to
 * flow and only a matter of speed. ERR_INVALID: not JSON or no such envelope (the message names the byte); ERR_LIMIT:
 * more than flows_max flows, or 2 GiB of text; ERR_NO_MEMORY. On error *out is zeroed and the next message is unaffected. */
int decoder_message(struct decoder *decoder, const char *text, size_t length, struct decoded *out, struct err *err);

#endif
