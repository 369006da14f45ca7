#include "supervisor/run_store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/log.h"
#include "supervisor/json_file.h"
#include "supervisor/spools.h"
#include "supervisor/store/folder.h"

#define EPOCHS_FILE "epochs.json"
#define STREAMS_FILE "streams.json"

struct run_store {
	char path[PATH_MAX];
	bool temporary;
	int dirfd, lock_fd, spool_fd;
	json_t *epochs, *streams;             /* the two documents; loaded once */
	struct ipc_epoch list[RUN_STORE_EPOCHS];
	struct memory memory;
};

static int make_folder(struct run_store *store, const char *path, struct err *err)
{
	const char *base = getenv("TMPDIR");

	if (path == NULL) {
		store->temporary = true;
		snprintf(store->path, sizeof(store->path), "%s/sluice-run-XXXXXX", base && *base ? base : "/tmp");
		return mkdtemp(store->path) ? 0 : err_sys(err, errno, "making the temporary folder %s", store->path);
	}
	if (strlen(path) >= sizeof(store->path))
		return err_set(err, ERR_LIMIT, "--data-dir: the path is too long");
	snprintf(store->path, sizeof(store->path), "%s", path);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_sys(err, errno, "--data-dir: making %s", path);
	return 0;
}

static int open_folders(struct run_store *store, struct err *err)
{
	store->dirfd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0)
		return err_sys(err, errno, "--data-dir: opening %s", store->path);
	return spools_open(store->dirfd, store->path, &store->spool_fd, err);
}

/* A damaged list costs knowledge (spans become gaps of unknown size, names are never below now), not flows. */
static int load(struct run_store *store, const char *name, json_t **document, struct err *err)
{
	char aside[64];
	struct err damage;
	int error = json_file_read(store->dirfd, name, document, &damage);

	if (error != ERR_CORRUPT) {
		if (error != 0)
			err_set(err, error, "%s", damage.message);
		return error;
	}
	snprintf(aside, sizeof(aside), "%s.damaged", name);
	log_error("%s; set aside as %s", damage.message, aside);
	if (renameat(store->dirfd, name, store->dirfd, aside) != 0)
		return err_sys(err, errno, "setting %s aside", name);
	return json_file_read(store->dirfd, name, document, err);
}

int run_store_open(struct run_store **out, const char *path, struct err *err)
{
	struct run_store *store = calloc(1, sizeof(*store));
	int error;

	*out = NULL;
	if (store == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the data folder");
	store->dirfd = store->lock_fd = store->spool_fd = -1;
	error = make_folder(store, path, err);
	if (error == 0)
		error = open_folders(store, err);
	if (error == 0)
		error = folder_lock(store->dirfd, store->path, &store->lock_fd, err);
	if (error == 0)
		error = load(store, EPOCHS_FILE, &store->epochs, err);
	if (error == 0)
		error = load(store, STREAMS_FILE, &store->streams, err);
	if (error != 0) {
		run_store_close(&store, false);
		return error;
	}
	*out = store;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void run_store_close(struct run_store **out, bool empty)
{
	struct run_store *store = *out;

	if (store == NULL)
		return;
	*out = NULL;
	if (store->temporary && empty && nftw(store->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		log_warn("removing %s: %s", store->path, strerror(errno));
	if (store->spool_fd >= 0)
		close(store->spool_fd);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->dirfd >= 0)
		close(store->dirfd);
	json_decref(store->epochs);
	json_decref(store->streams);
	free(store);
}

const char *run_store_path(const struct run_store *store)
{
	return store->path;
}

bool run_store_temporary(const struct run_store *store)
{
	return store->temporary;
}

int run_store_spool(struct run_store *store, const char *id, int *dirfd, struct err *err)
{
	return spools_open_one(store->spool_fd, store->path, id, dirfd, err);
}

/* ---- epochs ---- */

static void bytes_of(const char *text, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned value = 0;

		if (strlen(text) >= 2 * count)
			sscanf(text + 2 * i, "%2x", &value);
		bytes[i] = (uint8_t)value;
	}
}

/* 64-bit numbers are kept as text: JSON's are signed here. */
static json_t *epoch_to_json(const struct ipc_epoch *epoch)
{
	char id[24], first[24], last[24], boot[33];

	snprintf(id, sizeof(id), "%016" PRIx64, epoch->epoch);
	snprintf(first, sizeof(first), "%" PRIu64, epoch->first_sequence);
	snprintf(last, sizeof(last), "%" PRIu64, epoch->last_sequence);
	hex_text(epoch->boot_id, sizeof(epoch->boot_id), boot);
	return json_pack("{ss ss ss sI sI ss}", "epoch", id, "first_sequence", first, "last_sequence", last,
		"first_wall_ms", (json_int_t)epoch->first_wall_ms, "last_wall_ms", (json_int_t)epoch->last_wall_ms,
		"boot_id", boot);
}

static bool epoch_from_json(json_t *object, struct ipc_epoch *epoch)
{
	const char *id, *first, *last, *boot;
	json_int_t first_ms, last_ms;

	if (json_unpack(object, "{ss ss ss sI sI ss}", "epoch", &id, "first_sequence", &first, "last_sequence", &last,
		"first_wall_ms", &first_ms, "last_wall_ms", &last_ms, "boot_id", &boot) != 0)
		return false;
	*epoch = (struct ipc_epoch){ .epoch = strtoull(id, NULL, 16), .first_sequence = strtoull(first, NULL, 10),
		.last_sequence = strtoull(last, NULL, 10), .first_wall_ms = first_ms, .last_wall_ms = last_ms };
	bytes_of(boot, epoch->boot_id, sizeof(epoch->boot_id));
	return true;
}

int run_store_epochs(struct run_store *store, const char *key, const struct ipc_epoch **epochs, size_t *count,
	struct err *err)
{
	json_t *list = json_object_get(store->epochs, key);
	size_t index;
	json_t *entry;

	(void)err;
	*count = 0;
	*epochs = store->list;
	json_array_foreach(list, index, entry) {
		if (*count < RUN_STORE_EPOCHS && epoch_from_json(entry, &store->list[*count]))
			(*count)++;
	}
	return 0;
}

int run_store_add_epoch(struct run_store *store, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	json_t *list = json_object_get(store->epochs, key);

	if (list == NULL) {
		list = json_array();
		json_object_set_new(store->epochs, key, list);
	}
	if (json_array_size(list) >= RUN_STORE_EPOCHS)
		json_array_remove(list, 0);
	if (json_array_append_new(list, epoch_to_json(epoch)) != 0)
		return err_set(err, ERR_NO_MEMORY, "no memory for an epoch");
	return json_file_write(store->dirfd, EPOCHS_FILE, store->epochs, err);
}

int run_store_end_epoch(struct run_store *store, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	json_t *list = json_object_get(store->epochs, key);
	struct ipc_epoch known;
	size_t index;
	json_t *entry;

	json_array_foreach(list, index, entry) {
		if (!epoch_from_json(entry, &known) || known.epoch != epoch->epoch)
			continue;
		if (json_array_set_new(list, index, epoch_to_json(epoch)) != 0)
			return err_set(err, ERR_NO_MEMORY, "no memory for an epoch");
		return json_file_write(store->dirfd, EPOCHS_FILE, store->epochs, err);
	}
	return run_store_add_epoch(store, key, epoch, err);
}

/* ---- stream names ---- */

int run_store_destination(const char *endpoint, const char *bucket, const char *prefix, char *destination, size_t size)
{
	const char *const parts[] = { bucket, prefix };
	size_t used = strlen(endpoint);

	if (used >= size)
		return ERR_LIMIT;
	memcpy(destination, endpoint, used + 1);
	for (size_t i = 0; i < 2; i++) {
		const char *part = parts[i];
		size_t length;

		while ((length = strcspn(part += strspn(part, "/"), "/")) > 0) {
			if (used + 1 + length >= size)
				return ERR_LIMIT;
			if (used == 0 || destination[used - 1] != '/')
				destination[used++] = '/';
			memcpy(destination + used, part, length);
			destination[used += length] = '\0';
			part += length;
		}
	}
	return 0;
}

int run_store_stream_name(struct run_store *store, const char *destination, int64_t wall_ms, int64_t *name_ms,
	struct err *err)
{
	json_int_t now = wall_ms / 1000;
	json_t *last = json_object_get(store->streams, destination);

	if (last != NULL && json_integer_value(last) >= now)
		now = json_integer_value(last) + 1;
	if (json_object_set_new(store->streams, destination, json_integer(now)) != 0)
		return err_set(err, ERR_NO_MEMORY, "no memory for a stream name");
	*name_ms = now * 1000;
	return json_file_write(store->dirfd, STREAMS_FILE, store->streams, err);
}

/* ---- as a supervisor's memory ---- */

static int memory_spool(void *owner, const char *id, int *dirfd, struct err *err)
{
	return run_store_spool(owner, id, dirfd, err);
}

static int memory_epochs(void *owner, const char *key, const struct ipc_epoch **epochs, size_t *count, struct err *err)
{
	return run_store_epochs(owner, key, epochs, count, err);
}

static int memory_epoch_add(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	return run_store_add_epoch(owner, key, epoch, err);
}

static int memory_epoch_end(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	return run_store_end_epoch(owner, key, epoch, err);
}

static int memory_stream_name(void *owner, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err)
{
	return run_store_stream_name(owner, destination, wall_ms, name_ms, err);
}

const struct memory *run_store_memory(struct run_store *store)
{
	store->memory = (struct memory){ .owner = store, .spool = memory_spool, .epochs = memory_epochs,
		.epoch_add = memory_epoch_add, .epoch_end = memory_epoch_end, .stream_name = memory_stream_name };
	return &store->memory;
}
