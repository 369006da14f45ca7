/* Opening, closing and looking at a spool. */
#include "worker/spool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/file_ops.h"
#include "worker/segment.h"
#include "worker/spool_internal.h"
#include "worker/state.h"

enum { FORMAT_CAP = 256 * 1024 };

void spool_event(const struct spool *spool, int severity, const char *code, const char *format, ...)
{
	char message[ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (spool->options.event != NULL)
		spool->options.event(spool->options.owner, severity, code, message);
}

static struct spool *spool_new(const struct spool_options *options)
{
	struct spool *spool = calloc(1, sizeof(*spool));

	if (spool == NULL)
		return NULL;
	spool->options = *options;
	spool->files = options->files;
	spool->lock_fd = spool->commit_fd = -1;
	buffer_init(&spool->format, FORMAT_CAP);
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		spool->lanes[i].fd = -1;
		buffer_init(&spool->lanes[i].bytes, SPOOL_OBJECT_BYTES);
	}
	if (options->boot_id != NULL)
		memcpy(spool->boot_id, options->boot_id, sizeof(spool->boot_id));
	else
		clock_boot_id(spool->boot_id);
	return spool;
}

int spool_open(struct spool **out, const struct spool_options *options, bool *fresh, struct err *err)
{
	struct spool *spool = spool_new(options);
	struct err unasked;
	int error;

	*out = NULL;
	err = err != NULL ? err : &unasked;
	if (spool == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the spool");
	error = segment_format_encode(&options->format, &spool->format, err);
	if (error == 0)
		error = recovery_run(spool, err);
	if (error != 0) {
		spool_free(&spool);
		return error;
	}
	*fresh = spool->next.record.position.epoch == 0;
	*out = spool;
	return 0;
}

void spool_free(struct spool **out)
{
	struct spool *spool = *out;

	if (spool == NULL)
		return;
	*out = NULL;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (spool->lanes[i].fd >= 0)
			spool->files->close(spool->files->context, spool->lanes[i].fd);
		buffer_fini(&spool->lanes[i].bytes);
		object_queue_fini(&spool->lanes[i].queue);
	}
	if (spool->commit_fd >= 0)
		spool->files->close(spool->files->context, spool->commit_fd);
	/* last: a successor begins when the lock is free */
	if (spool->lock_fd >= 0)
		spool->files->close(spool->files->context, spool->lock_fd);
	buffer_fini(&spool->format);
	free(spool->doomed.items);
	free(spool);
}

int spool_close(struct spool *spool, struct err *err)
{
	if (spool->active || spool->broken)
		return err_set(err, ERR_INVALID, "the spool is closed inside a transaction");
	if (spool->options.state == NULL)
		return 0;
	return state_save(spool->options.state, spool->committed.record.number, spool->options.dirfd, err);
}

struct account *spool_account(struct spool *spool)
{
	return &spool->next.record.account;
}

struct ring_position *spool_position(struct spool *spool)
{
	return &spool->next.record.position;
}

void spool_batch_time(struct spool *spool, int64_t wall_ms)
{
	spool->next.record.batch_ms = wall_ms;
}

void spool_write_time(struct spool *spool, int64_t wall_ms)
{
	spool->next.record.write_ms = wall_ms;
}

uint64_t spool_commit_number(const struct spool *spool)
{
	return spool->committed.record.number;
}

uint64_t spool_durable_number(const struct spool *spool)
{
	return spool->durable_number;
}

static uint32_t lane_entries(const struct commit_lane *lane)
{
	return (uint32_t)(lane->open - lane->sealed) + (lane->entries[lane->open % SPOOL_ENTRIES].records > 0);
}

void spool_lane(const struct spool *spool, unsigned lane, struct spool_lane *figures)
{
	const struct commit_lane *record = &spool->next.record.lanes[lane];
	const struct commit_entry *entry = &record->entries[record->open % SPOOL_ENTRIES];

	*figures = (struct spool_lane){
		.claimed = record->claimed,
		.sealed = record->sealed,
		.open = record->open,
		.open_records = entry->records,
		.open_bytes = entry->bytes,
		.waiting_records = spool->next.lanes[lane].waiting_records,
		.waiting_flows = spool->next.lanes[lane].waiting_flows,
		.last_cut_ms = record->last_cut_ms,
		.last_cut_ns = record->last_cut_ns,
		.first_record_ns = record->first_record_ns,
		.entries = lane_entries(record),
		.stream_ms = record->stream_ms,
		.stream_number = record->stream_number,
	};
}

bool spool_pauses(const struct spool *spool)
{
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (lane_entries(&spool->next.record.lanes[i]) >= SPOOL_PAUSE)
			return true;
	}
	return false;
}
