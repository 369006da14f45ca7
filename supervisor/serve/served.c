#include "supervisor/serve/served.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/handover.h"
#include "supervisor/serve/compose.h"
#include "supervisor/serve/folders.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/streams/tap.h"

enum { PAGE = 500, FRESH_NS = 1000000000 };

static int compare_id(const void *id, const void *entry)
{
	return strcmp(id, (*(struct served *const *)entry)->id);
}

static struct served **entry_of(const struct serve *serve, const char *id)
{
	if (serve->served_count == 0)
		return NULL;
	return bsearch(id, serve->by_id, serve->served_count, sizeof(*serve->by_id), compare_id);
}

struct served *served_find(struct serve *serve, const char *id)
{
	struct served **entry = entry_of(serve, id);

	return entry != NULL ? *entry : NULL;
}

int64_t served_deadline(const struct serve *serve, int64_t timeout_ms)
{
	int64_t wait = timeout_ms >= 0 ? timeout_ms * NS_PER_MS : serve->options.drain_timeout_s * NS_PER_S;

	return clock_boottime_ns() + wait;
}

/* ---- making ---- */

static void free_served(struct served *served)
{
	if (served == NULL)
		return;
	free(served->tenant);
	free(served->name);
	config_free(&served->config);
	log_file_close(&served->log);
	free(served);
}

static bool grow(struct served ***list, size_t count)
{
	struct served **larger = realloc(*list, (count + 1) * sizeof(*larger));

	if (larger != NULL)
		*list = larger;
	return larger != NULL;
}

static int keep(struct serve *serve, struct served *served, struct err *err)
{
	size_t place = serve->served_count;

	if (!grow(&serve->served, serve->served_count) || !grow(&serve->by_id, serve->served_count))
		return err_set(err, ERR_NO_MEMORY, "no memory for another pipeline");
	for (; place > 0 && strcmp(serve->by_id[place - 1]->id, served->id) > 0; place--)
		serve->by_id[place] = serve->by_id[place - 1];
	serve->by_id[place] = served;
	serve->served[serve->served_count++] = served;
	return 0;
}

static void drop(struct serve *serve, const struct served *served)
{
	struct served **entry = entry_of(serve, served->id);

	memmove(entry, entry + 1, (size_t)(serve->by_id + serve->served_count - entry - 1) * sizeof(*entry));
	for (size_t i = 0; i < serve->served_count; i++) {
		if (serve->served[i] == served)
			serve->served[i] = serve->served[--serve->served_count];
	}
}

int served_add(struct serve *serve, const struct store_pipeline *row, struct served **out, struct err *err)
{
	const struct pipeline_identity identity = { row->tenant, row->name, row->id };
	struct served *served = calloc(1, sizeof(*served));
	int error = 0;

	*out = NULL;
	if (served != NULL) {
		served->serve = serve;
		served->told_state = -1;
		served->tenant = strdup(row->tenant);
		served->name = strdup(row->name);
		snprintf(served->id, sizeof(served->id), "%s", row->id);
	}
	if (served == NULL || served->tenant == NULL || served->name == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for another pipeline");
	if (error == 0)
		error = fleet_add(&serve->fleet, &identity, &served->pipeline, err);
	if (error == 0)
		error = keep(serve, served, err);
	if (error != 0) {
		if (served != NULL && served->pipeline != NULL)
			fleet_remove(&serve->fleet, &served->pipeline);
		free_served(served);
		return error;
	}
	*out = served;
	return 0;
}

/* What the row's limits say of its worker. */
static void read_limits(struct served *served, const json_t *limits, struct pipeline_settings *settings)
{
	served->own_quota = (uint64_t)json_integer_value(json_object_get(limits, "spool_bytes"));
	settings->restarts = json_string_value(json_object_get(limits, "restarts"));
	settings->memory_bytes = served_memory(served, limits);
	settings->files_parent = served->serve->file_root;
	settings->log_level = served->log_level;
}

int served_apply(struct served *served, const struct store_pipeline *row, struct err *err)
{
	struct serve *serve = served->serve;
	struct pipeline_settings settings = { .misapplied = served->fallback[0] != '\0' };
	struct config *config, *before = served->config;
	json_t *limits;
	int error = compose_stored(serve, row, &config, err);

	if (served->revision != row->revision) {
		served->proven = row->last_good == row->revision;
		served->failed_starts = 0;
		served->judged = false;
	}
	served->revision = row->revision;
	served->config_error[0] = '\0';
	served->applied_ms = clock_wall_ms();
	if (error != 0) {
		snprintf(served->config_error, sizeof(served->config_error), "%.250s", err->message);
		return error;
	}
	served->config = config;
	served->composed_ns = clock_boottime_ns();
	limits = ops_json(row->limits);
	read_limits(served, limits, &settings);
	pipeline_use(served->pipeline, config, &settings);
	config_free(&before);
	json_decref(limits);
	return 0;
}

/* What the store cannot say at the moment does not keep a worker from what it had. */
int served_prepare(struct fleet *fleet, struct pipeline *pipeline, struct err *err)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	struct served *served = served_find(serve, pipeline_id(pipeline));
	struct store_pipeline row;
	struct arena arena;
	int error;

	if (served == NULL || (served->config != NULL && clock_boottime_ns() - served->composed_ns < FRESH_NS))
		return 0;
	arena_init(&arena, SERVE_ARENA);
	error = store_pipeline_get_id(serve->store, served->id, &row, &arena, err);
	if (error == 0)
		error = served_apply(served, &row, err);
	arena_fini(&arena);
	if (error == 0 || error == ERR_CONFIG || served->config == NULL)
		return error;
	log_warn("%s/%s: starting with the configuration of before: %s", served->tenant, served->name, err->message);
	served->config_error[0] = '\0';
	return 0;
}

void served_remove(struct served **out)
{
	struct served *served = *out;
	struct serve *serve = served->serve;

	*out = NULL;
	tap_end(served);
	drop(serve, served);
	fleet_remove(&serve->fleet, &served->pipeline);
	folder_remove(serve->spool_fd, served->id);
	log_file_remove(serve->logs_fd, served->id);
	free_served(served);
	if (serve->api != NULL)
		api_server_changed(serve->api);
}

void served_fini(struct serve *serve)
{
	for (size_t i = 0; i < serve->served_count; i++)
		free_served(serve->served[i]);
	free(serve->served);
	free(serve->by_id);
	serve->served = serve->by_id = NULL;
	serve->served_count = 0;
}

void served_remove_tenant(struct serve *serve, const char *tenant)
{
	for (size_t i = serve->served_count; i-- > 0;) {
		struct served *served = serve->served[i];

		if (strcmp(served->tenant, tenant) == 0)
			served_remove(&served);
	}
}

/* ---- the store's, at the start ---- */

void served_recall(struct served *served)
{
	int fd = openat(served->serve->spool_fd, served->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	pipeline_recall(served->pipeline, fd);
	close(fd);
}

/* In the image behind an upgrade. */
static void load_handed_over(struct served *served, const struct store_pipeline *row)
{
	const json_t *pipelines = json_object_get(handover_root(served->serve->handover), "pipelines");
	const json_t *object = json_object_get(json_object_get(pipelines, row->id), "served");
	struct err err;

	served_adopt_settings(served, object);
	if (served_apply(served, row, &err) != 0)
		log_error("%s/%s: its configuration cannot be used: %s", row->tenant, row->name, err.message);
	served_adopt(served, object);
	served->to_start = row->running;
}

static int load_one(struct serve *serve, const struct store_pipeline *row, struct err *err)
{
	struct served *served;
	int error = served_add(serve, row, &served, err);

	if (error != 0)
		return error;
	served_recall(served);
	if (row->stop_ordered) {
		const struct pipeline_stop stop = { row->stop.epoch, row->stop.sequence };

		pipeline_owe_stop(served->pipeline, &stop);
		served->stop_kept = true;
	}
	if (serve->handover != NULL) {
		load_handed_over(served, row);
		return 0;
	}
	if (served_apply(served, row, err) != 0) {
		log_error("%s/%s: its configuration cannot be used: %s", row->tenant, row->name, err->message);
		if (row->running)
			pipeline_refuse(served->pipeline, err->message);
		return 0;
	}
	/* what goes wrong is tried again, and shown with the pipeline */
	if (row->running && pipeline_start(served->pipeline, err) != 0)
		log_error("%s/%s: %s", row->tenant, row->name, err->message);
	return 0;
}

static bool is_known(void *owner, const char *id)
{
	return served_find(owner, id) != NULL;
}

int served_load(struct serve *serve, struct err *err)
{
	char after[512] = "";
	int error = 0;

	serve->fleet.resuming = true;
	do {
		struct store_pipelines list;
		struct arena arena;

		arena_init(&arena, SERVE_ARENA);
		error = store_pipelines_list(serve->store, NULL, after[0] != '\0' ? after : NULL, PAGE, true, &list, &arena, err);
		for (size_t i = 0; error == 0 && i < list.count; i++)
			error = load_one(serve, &list.items[i], err);
		after[0] = '\0';
		if (error == 0 && list.next != NULL)
			snprintf(after, sizeof(after), "%s", list.next);
		arena_fini(&arena);
	} while (error == 0 && after[0] != '\0');
	serve->fleet.resuming = false;
	/* a DELETE that a crash has cut short, or a database that is older than the spool */
	if (error == 0) {
		folders_sweep(serve->spool_fd, is_known, serve);
		log_folder_sweep(serve->logs_fd, is_known, serve);
	}
	return error;
}
