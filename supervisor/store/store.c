#include "supervisor/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/random.h"
#include "supervisor/store/admin_token.h"
#include "supervisor/store/database.h"
#include "supervisor/store/folder.h"
#include "supervisor/store/master_key.h"

/* An absolute path, since the working directory may change. */
static int open_folder(struct store *store, const char *data_dir, bool make, struct err *err)
{
	int error = folder_open(data_dir, make, &store->dirfd, err);
	char path[PATH_MAX];

	if (error != 0)
		return error;
	if (realpath(data_dir, path) == NULL)
		return err_sys(err, errno, "the data folder %s", data_dir);
	snprintf(store->path, sizeof(store->path), "%s", path);
	return 0;
}

static int make_store(struct store **store, struct err *err)
{
	*store = calloc(1, sizeof(**store));
	if (*store == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the store");
	(*store)->dirfd = (*store)->lock_fd = -1;
	return 0;
}

int store_check(const char *data_dir, struct err *err)
{
	struct store *store;
	int error = make_store(&store, err);

	if (error == 0)
		error = open_folder(store, data_dir, false, err);
	if (error == 0)
		error = database_check(store, err);
	store_close(&store);
	return error;
}

int store_open(struct store **out, const char *data_dir, const struct store_options *options, struct err *err)
{
	bool beside = options && options->beside;
	struct store *store;
	int error = make_store(&store, err);

	if (error == 0)
		error = open_folder(store, data_dir, !beside, err);
	if (error == 0 && !beside && !folder_keep_lock(store->dirfd, options != NULL ? options->lock_fd : 0, &store->lock_fd))
		error = folder_lock(store->dirfd, store->path, &store->lock_fd, err);
	if (error == 0)
		error = database_open(store, beside, err);
	if (error == 0 && !beside)
		error = master_key_load(store, err);
	if (error == 0 && !beside)
		error = admin_token_make(store, err);
	if (error != 0)
		store_close(&store);
	*out = store;
	return error;
}

int store_open_view(struct store **view, const struct store *store, struct err *err)
{
	const struct store_options beside = { .beside = true };
	struct query query;
	uint64_t count;
	int error = store_open(view, store->path, &beside, err);

	if (error != 0)
		return error;
	query = query_begin(*view, SQL_VIEW, NULL);
	error = query_run(&query, err);
	/* what is shown is what the first read finds */
	if (error == 0)
		error = tenant_pipelines(*view, "", &count, err);
	if (error != 0)
		store_close(view);
	return error;
}

void store_close(struct store **out)
{
	struct store *store = *out;

	if (store == NULL)
		return;
	*out = NULL;
	database_close(store);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->dirfd >= 0)
		close(store->dirfd);
	explicit_bzero(store->key, sizeof(store->key));
	free(store);
}

const char *store_path(const struct store *store)
{
	return store->path;
}

int store_dirfd(const struct store *store)
{
	return store->dirfd;
}

int store_lock_fd(const struct store *store)
{
	return store->lock_fd;
}

int store_setting_get(struct store *store, const char *key, const char **value, struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_SETTING_GET, arena);
	int row;

	*value = NULL;
	query_text(&query, key);
	row = query_row(&query, err);
	if (row == 1)
		*value = query_get_text(&query, 0);
	return query_end(&query, row, err);
}

int store_setting_set(struct store *store, const char *key, const char *value, struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, SQL_SETTING_SET, NULL);
	query_text(&query, key);
	query_text(&query, value);
	return txn_end(store, NULL, query_run(&query, err), err);
}

int store_host_id(struct store *store, const char **host_id, struct err *err)
{
	struct arena arena;
	const char *stored;
	char made[STORE_HOST_ID_SIZE];
	int error;

	*host_id = store->host_id;
	if (store->host_id[0] != '\0')
		return 0;
	arena_init(&arena, 64 * 1024);
	error = store_setting_get(store, "host_id", &stored, &arena, err);
	snprintf(made, sizeof(made), "sluice-%08x", (unsigned)(random_u64() & 0xffffffff));
	if (error == 0 && stored == NULL)
		error = store_setting_set(store, "host_id", made, err);
	if (error == 0)
		snprintf(store->host_id, sizeof(store->host_id), "%s", stored ? stored : made);
	arena_fini(&arena);
	return error;
}

/* ---- what the other files share ---- */

int64_t change_time(const struct store_change *change)
{
	return change && change->at_ms != 0 ? change->at_ms : clock_wall_ms();
}

void random_id(char id[17])
{
	snprintf(id, 17, "%016llx", (unsigned long long)random_u64());
}

void *list_alloc(struct arena *arena, size_t count, size_t size, struct err *err)
{
	void *items = arena_calloc(arena, count ? count : 1, size);

	if (items == NULL)
		err_set(err, ERR_LIMIT, "an answer of the database is too large");
	return items;
}

unsigned page_size(unsigned limit)
{
	if (limit == 0)
		return 100;
	return limit < 1000 ? limit : 1000;
}

void refuse(struct store_refusal *refusal, int kind)
{
	if (refusal == NULL)
		return;
	refusal->kind = kind;
	refusal->kinds = 1u << kind;
}

void refuse_too(struct store_refusal *refusal, int kind)
{
	if (refusal == NULL || refusal->kind == STORE_NOT_REFUSED)
		refuse(refusal, kind);
	else
		refusal->kinds |= 1u << kind;
}
