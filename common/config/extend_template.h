/* What secadvisor's `extend` consists of: NAME=query, where {{.Field.Sub}} in the query stands for a value of the record.
 * One table of the record's fields for what may be configured and for what is asked. */
#ifndef SLUICE_COMMON_CONFIG_EXTEND_TEMPLATE_H
#define SLUICE_COMMON_CONFIG_EXTEND_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	EXTEND_ENTRIES_MAX = 64,
	EXTEND_NAME_MAX = 64,                 /* bytes */
	EXTEND_QUERY_MAX = 4096,              /* bytes of a query, with what is put into it */
};

/* The fields of a record, as Go spells them. */
enum extend_field {
	EXTEND_UUID, EXTEND_LINK_ID, EXTEND_L3_TRACKING_ID, EXTEND_LAYERS_PATH, EXTEND_VERSION, EXTEND_STATUS, EXTEND_FINISH_TYPE,
	EXTEND_NETWORK_PROTOCOL, EXTEND_NETWORK_A, EXTEND_NETWORK_B, EXTEND_NETWORK_A_NAME, EXTEND_NETWORK_B_NAME,
	EXTEND_TRANSPORT_PROTOCOL, EXTEND_TRANSPORT_A, EXTEND_TRANSPORT_B,
	EXTEND_CONTEXT_A_TYPE, EXTEND_CONTEXT_A_NAME, EXTEND_CONTEXT_A_SET,
	EXTEND_CONTEXT_B_TYPE, EXTEND_CONTEXT_B_NAME, EXTEND_CONTEXT_B_SET,
	EXTEND_UPDATE_AB_PACKETS, EXTEND_UPDATE_AB_BYTES, EXTEND_UPDATE_BA_PACKETS, EXTEND_UPDATE_BA_BYTES,
	EXTEND_UPDATE_START, EXTEND_UPDATE_LAST, EXTEND_UPDATE_RTT,
	EXTEND_METRIC_AB_PACKETS, EXTEND_METRIC_AB_BYTES, EXTEND_METRIC_BA_PACKETS, EXTEND_METRIC_BA_BYTES,
	EXTEND_METRIC_START, EXTEND_METRIC_LAST, EXTEND_METRIC_RTT,
	EXTEND_START, EXTEND_LAST, EXTEND_UPDATE_COUNT, EXTEND_NODE_TYPE,
	EXTEND_FIELDS
};

/* Their names (".Network.A"), NULL-terminated. */
extern const char *const extend_field_names[EXTEND_FIELDS + 1];
/* Its value is digits, and may stand outside of quotes. */
bool extend_field_is_number(enum extend_field field);

enum extend_piece_kind {
	EXTEND_TEXT,
	EXTEND_FIELD,
	EXTEND_UNKNOWN,                       /* a field that there is not */
	EXTEND_SECTION,                       /* one that has fields of its own */
	EXTEND_OTHER,                         /* something else that Go's text/template may know */
	EXTEND_BROKEN,                        /* {{ or }} without its other */
};

struct extend_piece {
	enum extend_piece_kind kind;
	enum extend_field field;              /* of EXTEND_FIELD */
	const char *text;                     /* in the query; of a field without braces and blanks */
	size_t length;
	bool quoted;                          /* it begins inside of a string of the query */
};

/* How far a query has been read; begins with the query, and all else zero. */
struct extend_reading {
	const char *at;
	bool quoted;                          /* a string is open: ' and " begin and end one, as Skydive reads them */
};

/* The next piece. False: there is no more. */
bool extend_piece_next(struct extend_reading *reading, struct extend_piece *piece);

/* What may stand in NAME: letters, digits and _ . - */
bool extend_is_name_byte(char byte);

#endif
