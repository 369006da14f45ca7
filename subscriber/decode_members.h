/* Objects with known members, read into a record, and what the decoder remembers from one to the next. */
#ifndef SLUICE_SUBSCRIBER_DECODE_MEMBERS_H
#define SLUICE_SUBSCRIBER_DECODE_MEMBERS_H

#include "subscriber/decode.h"
#include "subscriber/decode_fields.h"

/* A capture id of usual length is hashed once: nearly all flows of a message have the same. */
enum { CAPTURE_TEXT_SIZE = 64 };

struct decoder {
	struct scan scan;
	uint64_t bad;                 /* held fields whose last value has the wrong type */
	uint8_t first[GROUP_COUNT];   /* the field expected first in a group, by number */
	uint8_t next[FIELDS_ALL];     /* the field expected behind each; always of the same group */
	struct field_index index;

	uint32_t flows_max;
	uint32_t room;                /* elements allocated of each */
	struct flow_column *columns;  /* owned */
	struct flow *flows;           /* owned */
	uint32_t count;
	uint32_t malformed;

	const char *flows_at;         /* the Obj that was decoded into flows; NULL: none */
	struct envelope envelope;
	char capture_text[CAPTURE_TEXT_SIZE];
	uint32_t capture_length;
	uint64_t capture_hash;
};

/* The members of an object from behind its opening brace, into a record (zeroed by the caller). What has the wrong type
 * is left zero, and its bit set in decoder->bad; bits of fields that are read well are cleared. */
const char *members_decode(struct decoder *decoder, const char *at, enum group group, void *record);

/* The envelope's Obj: the flows when the message is known to be one of flows, else skipped. */
const char *list_decode(struct decoder *decoder, const char *at);

/* The elements of an array of flows from behind its opening bracket, into decoder->flows, columns, count, malformed. */
const char *flows_decode(struct decoder *decoder, const char *at);

#endif
