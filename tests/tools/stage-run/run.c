#include "run.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/batch.h"
#include "worker/spool.h"
#include "worker/state.h"

enum { ARENA_CAP = 64 << 20, TIMER_STEPS = 100000 };
#define BASE_NS (1000 * NS_PER_S)

void must(int error, const struct err *err)
{
	if (error == 0)
		return;
	fprintf(stderr, "stage-run: %s: %s\n", err_name(error), err->message);
	exit(1);
}

static int no_sync(void *context, int fd)
{
	(void)context;
	(void)fd;
	return 0;
}

static int fetch(void *owner, struct batch *batch, struct err *err)
{
	struct run *run = owner;

	batch->flows = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->flows));
	if (batch->flows == NULL)
		return err_set(err, ERR_LIMIT, "%u flows do not fit into a batch's memory", batch->kept_count);
	for (uint32_t i = 0; i < batch->kept_count; i++)
		batch->flows[i] = run->decoded.flows[batch->first + batch->kept[i]];
	batch->text = run->text;
	return 0;
}

static int64_t reached(void *owner, int64_t now_ns)
{
	const struct run *run = owner;

	return run->unread_ns != 0 && run->unread_ns < now_ns ? run->unread_ns : now_ns;
}

static void event(void *owner, int severity, const char *code, const char *message)
{
	struct run *run = owner;

	(void)severity;
	(void)message;
	json_array_append_new(run->events, json_string(code));
}

void run_take_record(struct run *run, unsigned tag, uint32_t flows, const char *text, size_t length)
{
	json_t *record = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (record == NULL)
		record = json_stringn(text, length);
	json_array_append_new(run->pending, json_pack("{s:s,s:I,s:o}", "tag", flow_tag_names[tag], "flows",
		(json_int_t)flows, "record", record));
}

/* ---- transactions ---- */

static void undo(struct run *run)
{
	spool_undo(run->spool);
	json_array_clear(run->pending);
}

static void commit(struct run *run)
{
	struct err err;

	must(spool_commit(run->spool, &err), &err);
	json_array_extend(run->records, run->pending);
	json_array_clear(run->pending);
}

static int finish(struct run *run, int error)
{
	if (error == 0)
		commit(run);
	else
		undo(run);
	return error;
}

/* ---- a worker's start and ends ---- */

static void open_pipeline(struct run *run)
{
	struct spool_options options = { .dirfd = run->dirfd, .max_waiting_records = UINT32_MAX, .files = &run->files,
		.event = event, .owner = run };
	struct err err;
	bool fresh;

	must(state_new(&run->state, run->memory, &err), &err);
	run->context = (struct stage_context){ .config = run->config, .state = run->state, .fetch = fetch, .reached = reached,
		.event = event, .owner = run };
	must(pipeline_new(&run->pipeline, &run->context, &err), &err);
	must(pipeline_claim(run->pipeline, &err), &err);
	pipeline_format(run->pipeline, &options.format);
	options.state = run->state;
	must(spool_open(&run->spool, &options, &fresh, &err), &err);
	run->context.spool = run->spool;
	must(pipeline_init(run->pipeline, &err), &err);
	commit(run);
	spool_stream_name(run->spool, clock_wall_ms());
}

/* As after SIGKILL: what was not committed is left as it is. */
static void drop_pipeline(struct run *run)
{
	json_array_clear(run->pending);
	pipeline_free(&run->pipeline);
	spool_free(&run->spool);
	state_free(&run->state);
}

static void new_memory(struct run *run)
{
	if (run->memory >= 0)
		close(run->memory);
	run->memory = memfd_create("state", MFD_CLOEXEC);
}

void run_begin(struct run *run, const struct pipeline_config *config)
{
	struct err err;

	*run = (struct run){ .config = config, .memory = -1, .files = file_ops_system, .base_ns = BASE_NS,
		.records = json_array(), .events = json_array(), .pending = json_array() };
	run->files.fsync = run->files.fdatasync = no_sync;
	snprintf(run->folder, sizeof(run->folder), "/tmp/sluice-stage-run-XXXXXX");
	if (mkdtemp(run->folder) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
	run->dirfd = open(run->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	arena_init(&run->arena, ARENA_CAP);
	must(decoder_new(&run->decoder, DECODE_FLOWS_MAX, &err), &err);
	new_memory(run);
	open_pipeline(run);
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	(void)stat;
	(void)kind;
	(void)walk;
	return remove(path);
}

void run_end(struct run *run)
{
	drop_pipeline(run);
	decoder_free(&run->decoder);
	arena_fini(&run->arena);
	json_decref(run->records);
	json_decref(run->events);
	json_decref(run->pending);
	close(run->memory);
	close(run->dirfd);
	nftw(run->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void run_restart(struct run *run, enum run_restart how, const struct pipeline_config *config)
{
	struct err err;

	if (how == RESTART_STOP)
		must(spool_close(run->spool, &err), &err);
	drop_pipeline(run);
	if (how != RESTART_KILL)
		new_memory(run);
	run->config = config;
	open_pipeline(run);
}

/* ---- what a worker's loop does ---- */

static int64_t time_ns(const struct run *run, int64_t at_ms)
{
	return run->base_ns + at_ms * NS_PER_MS;
}

void run_unread(struct run *run, int64_t at_ms)
{
	run->unread_ns = at_ms < 0 ? 0 : time_ns(run, at_ms);
}

static int push_slice(struct run *run, uint32_t first, uint32_t count, int64_t now_ns, struct err *err)
{
	struct ring_batch source = { .kind = RING_FLOWS, .count = run->decoded.count, .boottime_ns = now_ns,
		.wall_ms = now_ns / NS_PER_MS };
	struct flow_column *columns;
	struct batch batch;
	int error = batch_init(&batch, &run->arena, &source, first, count, &columns, err);

	if (error == 0) {
		memcpy(columns, run->decoded.columns + first, count * sizeof(*columns));
		spool_account(run->spool)->passed += count;
		error = pipeline_push(run->pipeline, &batch, err);
	}
	arena_reset(&run->arena);
	return error;
}

int run_push(struct run *run, const char *message, size_t length, int64_t at_ms, enum run_end end, struct err *err)
{
	uint32_t most = pipeline_slice_max(run->config);
	int error = 0;

	run->text = message;
	must(decoder_message(run->decoder, message, length, &run->decoded, err), err);
	for (uint32_t first = 0; first < run->decoded.count && error == 0; first += most) {
		uint32_t left = run->decoded.count - first;

		spool_begin(run->spool);
		error = push_slice(run, first, left < most ? left : most, time_ns(run, at_ms), err);
		if (error != 0 || end == RUN_UNDO)
			undo(run);
		else if (end == RUN_KILL)
			run_restart(run, RESTART_KILL, run->config);
		else
			commit(run);
	}
	return error;
}

void run_gap(struct run *run)
{
	spool_begin(run->spool);
	spool_account(run->spool)->gaps++;
	commit(run);
}

int64_t run_due(const struct run *run)
{
	int64_t due = pipeline_next_due(run->pipeline);

	return due == INT64_MAX ? due : (due - run->base_ns) / NS_PER_MS;
}

int run_timers(struct run *run, int64_t at_ms, bool late, struct err *err)
{
	int64_t end = time_ns(run, at_ms), now = end;
	int error = 0;

	for (unsigned i = 0; i < TIMER_STEPS && error == 0 && pipeline_next_due(run->pipeline) <= end; i++) {
		if (!late)
			now = pipeline_next_due(run->pipeline);
		spool_begin(run->spool);
		error = finish(run, pipeline_timer(run->pipeline, now, now / NS_PER_MS, err));
	}
	return error;
}

int run_flush(struct run *run, int64_t at_ms, struct err *err)
{
	int64_t now = time_ns(run, at_ms);
	int left;

	do {
		spool_begin(run->spool);
		left = pipeline_flush(run->pipeline, now, now / NS_PER_MS, err);
		finish(run, left == STAGE_MORE ? 0 : left);
	} while (left == STAGE_MORE);
	return left;
}
