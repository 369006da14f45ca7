/* A spool in memory for the tests of stages: it stands in for worker/spool.c at link time, with the calls that stages make
 * and begin, undo and commit. Objects that were cut can be looked at. */
#ifndef SLUICE_TESTS_STAGES_SUPPORT_SPOOL_H
#define SLUICE_TESTS_STAGES_SUPPORT_SPOOL_H

#include "common/account.h"
#include "common/buffer.h"
#include "worker/spool.h"
#include "worker/state.h"

enum { OBJECTS_MAX = 4096 };

struct fake_object {
	unsigned lane;
	uint32_t records, flows;
	int64_t cut_ns;
	struct buffer content;                /* with wrapper and separators */
};

struct fake_lane {
	struct fake_object open;
	int64_t last_cut_ns, first_record_ns;
};

struct fake_state {
	struct account account;
	struct fake_lane lanes[SPOOL_LANES];
	unsigned object_count;
};

struct spool {
	struct spool_format format;
	struct state *state;                  /* undone with the rest; may be NULL */
	struct fake_state now, before;        /* before: as it was at begin */
	struct fake_object objects[OBJECTS_MAX];
	uint64_t commits;
	int refuse_appends;                   /* ERR_AGAIN after so many, when > 0 */
	size_t record_max;
};

void fake_spool_init(struct spool *spool, const struct spool_format *format, struct state *state);
void fake_spool_fini(struct spool *spool);

#endif
