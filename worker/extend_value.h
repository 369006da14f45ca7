/* A record's values in queries. Skydive's query language knows no escapes: any quote ends a string. So what cannot stand in
 * one is not put there: a flow's text never becomes a part of the query's own. */
#ifndef SLUICE_WORKER_EXTEND_VALUE_H
#define SLUICE_WORKER_EXTEND_VALUE_H

#include <stdbool.h>

#include "common/buffer.h"
#include "common/config/extend_template.h"
#include "worker/secadvisor_record.h"

struct batch;

struct extend_source {
	const struct batch *batch;
	const struct flow *flow;
	const struct secadvisor_detail *detail;
	bool empty_texts;             /* a text that the record has not is "", as in Go; a layer that it has not, nothing */
};

/* Appends the field's value. False: the record has none; it has ' " \ or control characters; outside of quotes, anything
 * but letters, digits and . _ : - ; or the query becomes too long. */
bool extend_put_value(struct buffer *out, enum extend_field field, bool quoted, const struct extend_source *source);

#endif
