/* The keys that the decoder knows: one table for the envelope, the flow and its layers, and the statistics. */
#ifndef SLUICE_SUBSCRIBER_DECODE_FIELDS_H
#define SLUICE_SUBSCRIBER_DECODE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subscriber/decode_scan.h"

/* The kinds of object whose members are known. */
enum group {
	GROUP_ENVELOPE, GROUP_STATS, GROUP_FLOW, GROUP_LINK, GROUP_NETWORK, GROUP_ICMP, GROUP_TRANSPORT, GROUP_LAST_UPDATE,
	GROUP_METRIC, GROUP_TCP_METRIC, GROUP_COUNT
};

enum field_kind {
	FIELD_TEXT,                   /* string → struct text_ref */
	FIELD_PROTOCOL,               /* string → struct text_ref, and its number → uint8_t */
	FIELD_INTEGER,                /* → int64_t */
	FIELD_FLAGGED,                /* → int64_t, and a bit of `present` */
	FIELD_LAYER,                  /* object of another group → a bit of `present`, its text → struct text_ref */
	FIELD_LIST,                   /* the envelope's Obj */
	FIELD_OTHER,                  /* not held: any value */
};

enum { FIELD_KEY_SIZE = 32 };

struct field {
	_Alignas(64) char key[FIELD_KEY_SIZE];     /* as it is usually written: quotes, name, quotes, colon */
	uint32_t mask;                /* the bytes of key that count, for the vector compare */
	uint8_t length;               /* of key */
	uint8_t kind;                 /* enum field_kind */
	uint8_t group;                /* enum group that it is a member of */
	uint8_t layer;                /* FIELD_LAYER: enum group of its members */
	uint16_t offset;              /* of the value in the group's record; FIELD_LAYER: of its text, 0: not wanted */
	uint16_t number_offset;       /* FIELD_PROTOCOL */
	uint32_t present;             /* enum flow_present */
};

/* The fields that are held have the numbers 0 to FIELDS_HELD - 1, so that a set of them is one 64-bit word. */
enum { FIELDS_HELD = 57, FIELDS_KNOWN = FIELDS_HELD + 28, FIELDS_ALL = FIELDS_KNOWN + GROUP_COUNT };

/* Behind the known fields stands one for the unknown members of each group. */
extern const struct field fields[FIELDS_ALL];

/* What the envelope's fields are read into. */
struct envelope {
	struct text_ref namespace, type;
	const char *obj;              /* where Obj's value begins; NULL without one */
};

struct stats {
	struct text_ref capture_id;
	int64_t flow_dropped, kernel_flow_dropped, packets_dropped;
};

enum { FIELD_SLOTS = 64 };

/* From a name to its field, by hash. */
struct field_index {
	uint8_t slots[GROUP_COUNT][FIELD_SLOTS];      /* field number + 1; 0: free */
	uint64_t held[GROUP_COUNT];   /* the fields of a group that are held */
	uint8_t first[GROUP_COUNT];   /* the number of the group's first field */
};

void field_index_init(struct field_index *index);

/* The field of a name (its value, without quotes); NULL when it is unknown. */
const struct field *field_find(const struct field_index *index, enum group group, const char *name, size_t length);

/* Whether the key at `at` is this field's, written as usual. */
static inline bool field_here(const struct field *field, const char *at)
{
#if defined(__SSE2__) && !defined(DECODE_PORTABLE)
	const __m128i *text = (const __m128i *)at, *key = (const __m128i *)field->key;
	__m128i low = _mm_cmpeq_epi8(_mm_loadu_si128(text), _mm_loadu_si128(key));
	__m128i high = _mm_cmpeq_epi8(_mm_loadu_si128(text + 1), _mm_loadu_si128(key + 1));
	uint32_t equal = (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;

	return (~equal & field->mask) == 0;
#else
	return memcmp(at, field->key, field->length) == 0;
#endif
}

#endif
