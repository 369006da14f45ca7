/* What stands around an object's records: texts of the segment's head, in which some places are filled in when it is
 * sealed, from what the commit record says of the segment. So the bytes are the same however often that is done. */
#ifndef SLUICE_WORKER_WRAPPER_H
#define SLUICE_WORKER_WRAPPER_H

#include <stdbool.h>

#include "common/buffer.h"

struct commit_entry;

/* The places: bytes that no JSON text contains. */
#define WRAPPER_FIRST "\x01"                  /* when its time begins, RFC 3339, UTC, seconds */
#define WRAPPER_LAST "\x02"                   /* when it ends */
#define WRAPPER_RECORDS "\x03"                /* how many records it has */
#define WRAPPER_STATE "\x04"                  /* `ok`; `skip data` when flows were lost in that time */

/* Appends the text with its places filled in. 0, ERR_LIMIT, ERR_NO_MEMORY. */
int wrapper_fill(struct buffer *out, const char *text, const struct commit_entry *entry, bool lossy);

#endif
