/* DELETEs that wait for their pipelines to end: what a supervisor that is killed meanwhile goes on with. */
#ifndef SLUICE_SUPERVISOR_STORE_DELETIONS_H
#define SLUICE_SUPERVISOR_STORE_DELETIONS_H

#include "supervisor/store/store.h"

struct store_deletion {
	const char *pipeline;         /* its id */
	struct store_change by;       /* who, role, address, request_id */
	bool discard;
};

/* Keeps one, in the group of the stop that it begins with; one of before is replaced. It goes with its pipeline, and
 * when that is desired to run again (store_pipeline_set_desired). ERR_NOT_FOUND: there is no such pipeline. */
int store_deletion_put(struct store *store, const struct store_change *change, const char *id, bool discard,
	struct err *err);
/* It was refused in the end. One that is not there is no error. */
int store_deletion_forget(struct store *store, const char *id, struct err *err);
/* Those of the pipelines whose ids are behind `after`, at most 1000, sorted by them. */
int store_deletions_list(struct store *store, const char *after, struct store_deletion **deletions, size_t *count,
	struct arena *arena, struct err *err);

#endif
