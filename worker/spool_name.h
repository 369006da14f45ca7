/* Names of the files in a spool folder. A name and its numbers are each other's only form, so that a listing is enough
 * to know what there is. */
#ifndef SLUICE_WORKER_SPOOL_NAME_H
#define SLUICE_WORKER_SPOOL_NAME_H

#include <stdint.h>

#include "common/commit_record.h"

#define SPOOL_LOCK "lock"
#define SPOOL_COMMIT COMMIT_FILE
#define SPOOL_COMMIT_TEMPORARY "commit.tmp"
#define SPOOL_SET_ASIDE "set-aside"           /* folder of damaged objects; with a suffix: of a whole damaged spool */

enum { SPOOL_NAME_SIZE = 96 };

enum spool_name_kind {
	NAME_OTHER,                   /* none of ours, or one that is always there */
	NAME_TEMPORARY, NAME_SEGMENT, NAME_OBJECT
};

struct spool_name {
	enum spool_name_kind kind;
	unsigned lane;                /* from here on: of segments and objects */
	uint64_t number;
	uint64_t records, flows;      /* of objects */
};

/* Any text is a name of some kind. */
void spool_name_parse(const char *text, struct spool_name *name);
/* "<tag>.<n>.segment", "<tag>.<n>.<records>.<flows>.object", into SPOOL_NAME_SIZE bytes. */
void spool_name_segment(char *text, unsigned lane, uint64_t number);
void spool_name_object(char *text, unsigned lane, uint64_t number, uint64_t records, uint64_t flows);
/* "<tag>.<n>.object.tmp". */
void spool_name_temporary(char *text, unsigned lane, uint64_t number);

#endif
