/* A record: what one flow (or a mangler) puts into an object, before it is encoded.
 *
 * The transform decides its format: how it is written as JSON and, if it has columns, as a row. What stands around the
 * records of an object is the pipeline's business (pipeline_format.c). */
#ifndef SLUICE_WORKER_RECORD_H
#define SLUICE_WORKER_RECORD_H

#include <stdint.h>

#include "common/buffer.h"
#include "common/flow.h"

struct batch;
struct record;

struct record_format {
	const char *name;
	/* Appends the record as compact JSON. 0, ERR_LIMIT (too long: the flow is counted `error`) or ERR_NO_MEMORY. */
	int (*write_json)(const struct record *record, const struct batch *batch, struct buffer *out);
	/* Appends the record as a row without the end of its line: fields apart by ',' (quoted as RFC 4180 says) or by ' '
	 * (AWS's text, - for what is not there). Errors as above. NULL: the format has no columns. */
	int (*write_row)(const struct record *record, const struct batch *batch, char separator, struct buffer *out);
	/* How many rows or objects the record comes to, 0 among them; each is then written with record->part set to its
	 * number. Its flows are counted with the first. NULL: one. */
	unsigned (*parts)(const struct record *record);
};

struct record {
	const struct record_format *format;
	const struct flow *flow;              /* NULL for one made by a mangler */
	const void *detail;                   /* the format's own, in the batch's arena */
	uint8_t tag;                          /* enum flow_tag */
	uint8_t log_status;                   /* enum log_status, set by mangle logstatus */
	uint8_t part;                         /* of record_format.parts, while it is written */
	uint32_t flows;                       /* how many flows it stands for in the account */
	uint32_t offset, length;              /* in batch->encoded, after the encoder */
};

#endif
