/* Pipelines as a table for people: state, lag, what was written and lost, and why one is not well. */
#ifndef SLUICE_SUPERVISOR_STATUS_TABLE_H
#define SLUICE_SUPERVISOR_STATUS_TABLE_H

#include <jansson.h>

#include "common/buffer.h"

/* items: an array of the API's pipelines. width: columns of the terminal, 0: no limit. Errors as buffer_append. */
int status_table(const json_t *items, unsigned width, struct buffer *out);

#endif
