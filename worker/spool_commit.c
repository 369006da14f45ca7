/* The transaction: begin, commit, undo. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "worker/file_ops.h"
#include "worker/planted.h"
#include "worker/spool_internal.h"
#include "worker/state.h"

/* A lane's buffer that one large transaction has grown is given back. */
enum { KEEP_BUFFER = 256 * 1024 };

int doomed_reserve(struct spool *spool, struct err *err)
{
	struct doomed_list *list = &spool->doomed;
	size_t size = list->size > 0 ? 2 * list->size : 16;
	struct doomed *items;

	if (list->count < list->size)
		return 0;
	items = realloc(list->items, size * sizeof(*items));
	if (items == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the list of files to delete");
	list->items = items;
	list->size = size;
	return 0;
}

void doomed_add(struct spool *spool, enum doom doom, unsigned lane, uint64_t number, uint64_t records, uint64_t flows)
{
	assert(spool->doomed.count < spool->doomed.size);
	spool->doomed.items[spool->doomed.count++] = (struct doomed){ .doom = doom, .lane = lane, .number = number,
		.records = records, .flows = flows };
}

void spool_want_durable(struct spool *spool)
{
	spool->next.durable_wanted = spool->committed.record.number + 1;
}

void spool_begin(struct spool *spool)
{
	assert(!spool->active);
	/* broken: the memory stays as it is, for the next start to judge by the record that it finds */
	if (spool->options.state != NULL && !spool->broken)
		state_begin(spool->options.state, spool->committed.record.number);
	spool->active = true;
	spool->over_quota = false;
}

static void lane_discard_bytes(struct lane *lane)
{
	lane->bytes.length = 0;
	lane->piece_count = 0;
	if (lane->bytes.size > KEEP_BUFFER)
		buffer_fini(&lane->bytes);
}

void spool_undo(struct spool *spool)
{
	assert(spool->active);
	/* what recovery found is in no record yet: without it nothing that follows would be right */
	if (spool->recovering)
		spool->broken = true;
	spool->next = spool->committed;
	spool->doomed.count = spool->doomed_committed;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		lane_discard_bytes(&spool->lanes[i]);
		object_queue_truncate(&spool->lanes[i].queue, spool->committed.record.lanes[i].sealed);
	}
	if (spool->options.state != NULL && !spool->broken)
		state_undo(spool->options.state);
	spool->active = false;
}

static int segment_file(struct spool *spool, unsigned index, uint64_t number, struct err *err)
{
	struct lane *lane = &spool->lanes[index];
	char name[SPOOL_NAME_SIZE];

	if (lane->fd >= 0 && lane->fd_number == number)
		return 0;
	if (lane->fd >= 0)
		spool->files->close(spool->files->context, lane->fd);
	spool_name_segment(name, index, number);
	lane->fd = spool->files->openat(spool->files->context, spool->options.dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC,
		0600);
	lane->fd_number = number;
	return lane->fd >= 0 ? 0 : err_sys(err, errno, "opening %s", name);
}

/* The new bytes go behind those that count, so that a file's tail means nothing until the record says so. */
static int lane_write(struct spool *spool, unsigned index, struct err *err)
{
	struct commit_lane *record = &spool->next.record.lanes[index];
	struct lane *lane = &spool->lanes[index];
	int error = 0;

	for (unsigned i = 0; i < lane->piece_count && error == 0; i++) {
		const struct piece *piece = &lane->pieces[i];
		const char *bytes = lane->bytes.bytes + piece->from;
		struct commit_entry *entry = commit_entry(record, piece->number);

		error = segment_file(spool, index, piece->number, err);
		if (error == 0)
			error = file_write(spool->files, lane->fd, bytes, piece->length, piece->at, "a segment", err);
		entry->crc = crc32c(entry->crc, bytes, piece->length);
	}
	return error;
}

/* Planted: the first lane that was cut in this transaction is in the record as it was before. */
static void forget_cut(struct spool *spool)
{
	static bool done;

	for (unsigned i = 0; i < SPOOL_LANES && !done; i++) {
		done = spool->next.record.lanes[i].open != spool->committed.record.lanes[i].open;
		if (done)
			spool->next.record.lanes[i] = spool->committed.record.lanes[i];
	}
}

static int record_write(struct spool *spool, struct err *err)
{
	struct commit *record = &spool->next.record;
	/* the hot slot that does not hold the truth: the lower one, 0 being invalid */
	unsigned slot = spool->slot_numbers[0] <= spool->slot_numbers[1] ? 0 : 1;
	int error;

	if (planted(PLANTED_FORGOTTEN_CUT))
		forget_cut(spool);
	record->number = spool->committed.record.number + 1;
	memcpy(record->boot_id, spool->boot_id, sizeof(record->boot_id));
	record->flags = spool->options.direct ? COMMIT_DIRECT : 0;
	if (spool->options.state != NULL)
		record->generation = state_generation(spool->options.state);
	error = commit_write(spool->files, spool->commit_fd, slot, record, err);
	if (error == 0) {
		spool->slot_numbers[slot] = record->number;
		spool->truth = slot;
	}
	return error;
}

/* The position of this commit is as far as the objects cut in it can reach. */
static void note_cuts(struct spool *spool)
{
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		uint64_t open = spool->next.record.lanes[i].open;

		for (uint64_t n = spool->committed.record.lanes[i].open; n < open; n++)
			spool->lanes[i].cut_positions[n % SPOOL_ENTRIES] = spool->next.record.position;
	}
}

static void transaction_done(struct spool *spool)
{
	note_cuts(spool);
	spool->committed = spool->next;
	spool->doomed_committed = spool->doomed.count;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct lane *lane = &spool->lanes[i];

		lane_discard_bytes(lane);
		object_queue_trim(&lane->queue, spool->committed.record.lanes[i].claimed);
		if (lane->fd >= 0 && lane->fd_number != spool->committed.record.lanes[i].open) {
			spool->files->close(spool->files->context, lane->fd);
			lane->fd = -1;
		}
	}
	spool->active = spool->recovering = false;
}

int spool_commit(struct spool *spool, struct err *err)
{
	struct err unasked;
	int error = 0;

	assert(spool->active);
	err = err != NULL ? err : &unasked;
	if (spool->broken) {
		spool->active = false;
		return err_set(err, ERR_CORRUPT, "the spool's record is not known to be right: the worker must end");
	}
	spool_note_losses(spool);
	for (unsigned i = 0; i < SPOOL_LANES && error == 0; i++)
		error = lane_write(spool, i, err);
	if (error != 0) {
		spool_undo(spool);
		return error == ERR_NO_SPACE ? ERR_NO_SPACE : (err->code = ERR_IO);
	}
	error = record_write(spool, err);
	if (error != 0) {
		/* half a record may stand there, or a whole one: only reading it again can tell */
		spool->broken = true;
		spool->active = false;
		err_prefix(err, "commit %llu", (unsigned long long)spool->next.record.number);
		return err->code = ERR_CORRUPT;
	}
	transaction_done(spool);
	return 0;
}
