/* The store as the fleet's memory. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/log.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/spools.h"
#include "supervisor/store/history.h"

static int recall_spool(void *owner, const char *id, int *dirfd, struct err *err)
{
	const struct serve *serve = owner;

	return spools_open_one(serve->spool_fd, store_path(serve->store), id, dirfd, err);
}

static int recall_epochs(void *owner, const char *key, const struct ipc_epoch **epochs, size_t *count, struct err *err)
{
	struct serve *serve = owner;
	struct ipc_epoch *found;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_epochs_list(serve->store, key, &found, count, &arena, err);
	if (error == 0) {
		free(serve->epochs);
		serve->epochs = malloc((*count + 1) * sizeof(*found));
		if (serve->epochs == NULL)
			error = err_set(err, ERR_NO_MEMORY, "no memory for the list of epochs");
		else if (*count > 0)
			memcpy(serve->epochs, found, *count * sizeof(*found));
		*epochs = serve->epochs;
	}
	arena_fini(&arena);
	return error;
}

static int recall_epoch_add(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	return store_epoch_add(((struct serve *)owner)->store, key, epoch, err);
}

static int recall_epoch_end(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	return store_epoch_end(((struct serve *)owner)->store, key, epoch, err);
}

static int recall_stream_name(void *owner, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err)
{
	return store_stream_name(((struct serve *)owner)->store, destination, wall_ms, name_ms, err);
}

static void recall_gap(void *owner, const char *key, const struct ring_gap *gap)
{
	const struct store_gap row = { gap->from_ms, gap->to_ms, ring_gap_reason_name(gap->reason) };
	struct serve *serve = owner;
	struct err err;

	if (store_gap_add(serve->store, key, &row, &err) != 0)
		log_warn("a gap of subscription %s is not kept: %s", key, err.message);
	event_of_gap(serve, key, gap);
}

int recall_init(struct serve *serve, struct err *err)
{
	int error = spools_open(store_dirfd(serve->store), store_path(serve->store), &serve->spool_fd, err);

	if (error != 0)
		return error;
	serve->memory = (struct memory){ .owner = serve, .spool = recall_spool, .epochs = recall_epochs,
		.epoch_add = recall_epoch_add, .epoch_end = recall_epoch_end, .stream_name = recall_stream_name,
		.gap = recall_gap };
	return 0;
}

void recall_fini(struct serve *serve)
{
	free(serve->epochs);
	serve->epochs = NULL;
	if (serve->spool_fd > 0)
		close(serve->spool_fd);
	serve->spool_fd = -1;
}
