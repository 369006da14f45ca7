/* Recovery, step 3: segments that the record names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/key_template.h"
#include "common/crc32c.h"
#include "common/fnv.h"
#include "common/log.h"
#include "worker/file_ops.h"
#include "worker/recovery.h"
#include "worker/segment.h"

enum { CHUNK = 64 * 1024 };
_Static_assert((int)SEGMENT_HEAD_MAX <= (int)CHUNK, "the first chunk has the whole head");

static int open_segment(struct recovery *recovery, unsigned lane, uint64_t number, int *fd)
{
	const struct file_ops *files = recovery->spool->files;
	char name[SPOOL_NAME_SIZE];

	spool_name_segment(name, lane, number);
	*fd = files->openat(files->context, recovery->spool->options.dirfd, name, O_RDWR | O_CLOEXEC, 0);
	if (*fd >= 0)
		return 0;
	return file_damage(err_sys(recovery->err, errno, "opening %s", name), recovery->err);
}

/* The counted bytes: CRC, and a head that decodes. *present_form: the head is what would be written now. */
static int check_bytes(struct recovery *recovery, int fd, const struct commit_entry *entry, char *chunk,
	bool *present_form)
{
	struct segment_head head;
	uint32_t crc = 0;
	size_t length;
	int error = 0;

	for (uint32_t at = 0; at < entry->bytes && error == 0; at += (uint32_t)length) {
		length = entry->bytes - at < CHUNK ? entry->bytes - at : CHUNK;
		error = file_read(recovery->spool->files, fd, chunk, length, at, "a segment", recovery->err);
		error = file_damage(error, recovery->err);
		if (error != 0)
			break;
		crc = crc32c(crc, chunk, length);
		if (at == 0) {
			error = segment_head_decode(&head, chunk, length, recovery->err);
			*present_form = error == 0 && segment_head_has(chunk, &recovery->spool->format);
		}
	}
	if (error == 0 && crc != entry->crc)
		error = err_set(recovery->err, ERR_CORRUPT, "its CRC is wrong");
	return error;
}

/* What is longer than counted is cut to length: a later append begins there. */
static int cut_to_length(struct recovery *recovery, int fd, const struct commit_entry *entry)
{
	const struct file_ops *files = recovery->spool->files;
	struct stat stat;

	if (files->fstat(files->context, fd, &stat) != 0)
		return err_sys(recovery->err, errno, "looking at a segment");
	if (stat.st_size > (off_t)entry->bytes && files->ftruncate(files->context, fd, (off_t)entry->bytes) != 0)
		return err_sys(recovery->err, errno, "cutting a segment to length");
	return 0;
}

static int check_segment(struct recovery *recovery, unsigned lane, uint64_t number, bool *present_form)
{
	const struct commit_entry *entry = commit_entry(&recovery->spool->next.record.lanes[lane], number);
	char *chunk = malloc(CHUNK);
	int fd = -1;
	int error = chunk != NULL ? 0 : err_set(recovery->err, ERR_NO_MEMORY, "no memory to read a segment");

	if (error == 0)
		error = open_segment(recovery, lane, number, &fd);
	if (error == 0)
		error = check_bytes(recovery, fd, entry, chunk, present_form);
	if (error == 0)
		error = cut_to_length(recovery, fd, entry);
	if (fd >= 0)
		recovery->spool->files->close(recovery->spool->files->context, fd);
	free(chunk);
	return error;
}

/* A hole: its flows are `spool`, it is unnamed. Its file may go at once, for the record that named it is durable and
 * whoever reads that again finds it missing, which comes to the same. */
static void lose_segment(struct recovery *recovery, unsigned index, uint64_t number)
{
	struct spool *spool = recovery->spool;
	struct commit_lane *lane = &spool->next.record.lanes[index];
	struct commit_entry entry = *commit_entry(lane, number);
	char name[SPOOL_NAME_SIZE];

	spool_event(spool, LOG_ERROR, "spool.segment_lost", "segment %llu of lane %s: %s; %llu flows are lost",
		(unsigned long long)number, flow_tag_names[index], recovery->err->message, (unsigned long long)entry.flows);
	lane_release(spool, index, entry.records, entry.flows);
	spool->next.record.account.lost_spool += entry.flows;
	lane_forget_entry(spool, index, number);
	spool_name_segment(name, index, number);
	spool->files->unlinkat(spool->files->context, spool->options.dirfd, name);
	if (number != lane->open)
		return;
	lane->first_record_ns = 0;
	/* with all entries used its number is taken again: nothing of it was ever sealed */
	if (lane->open - lane->sealed + 2 <= SPOOL_ENTRIES) {
		lane->open++;
		memset(open_entry(lane), 0, sizeof(entry));
	}
}

/* An open segment that the present configuration would not go on with. Without a stream's name the cut waits. */
static void end_open_segment(struct recovery *recovery, unsigned lane)
{
	struct spool *spool = recovery->spool;

	spool->next.lanes[lane].stale = true;
	spool_cut(spool, lane, recovery->now_ms, recovery->now_ns, NULL);
}

static void tell_progress(struct recovery *recovery)
{
	const struct spool_options *options = &recovery->spool->options;

	recovery->segments_read++;
	if (options->progress != NULL)
		options->progress(options->owner, recovery->segments_read, recovery->segments);
}

static void count_segments(struct recovery *recovery)
{
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct commit_lane *lane = &recovery->spool->next.record.lanes[i];

		for (uint64_t n = lane->sealed; n <= lane->open; n++)
			recovery->segments += commit_entry(lane, n)->records != 0;
	}
}

static int lane_segments(struct recovery *recovery, unsigned index)
{
	struct spool *spool = recovery->spool;
	struct commit_lane *lane = &spool->next.record.lanes[index];
	uint64_t last = lane->open;

	for (uint64_t n = lane->sealed; n <= last; n++) {
		bool present_form = true;
		int error;

		if (commit_entry(lane, n)->records == 0)
			continue;
		error = check_segment(recovery, index, n, &present_form);
		tell_progress(recovery);
		if (error == ERR_CORRUPT)
			lose_segment(recovery, index, n);
		else if (error != 0)
			return error;
		else if (n == last && !present_form)
			end_open_segment(recovery, index);
	}
	return lane_step_over_holes(spool, index, recovery->err);
}

/* 0 stands for none. */
static int place_of(const struct spool_format *format, uint64_t *place, struct err *err)
{
	const struct key_parts parts = { .prefix = format->prefix, .host_id = format->host_id };
	char folder[KEY_SIZE];

	if (key_template_folder(format->key_layout, &parts, folder) != 0)
		return err_set(err, ERR_CONFIG, "the folder of all keys is longer than a key");
	*place = fnv_hash(FNV_BASE, format->bucket, strlen(format->bucket) + 1);
	*place = fnv_hash(*place, folder, strlen(folder));
	*place += *place == 0;
	return 0;
}

/* A stream's name was given for one place; at another it may be somebody else's, and so are its keys. There another stream
 * begins. The new place is noted when nothing is open that was begun for the old one. */
static int move_streams(struct recovery *recovery)
{
	struct spool *spool = recovery->spool;
	struct commit *record = &spool->next.record;
	bool moves, left = true;
	uint64_t place;
	int error = place_of(&spool->options.format, &place, recovery->err);

	if (error != 0)
		return error;
	moves = record->place != 0 && record->place != place;
	for (unsigned i = 0; i < SPOOL_LANES && moves; i++) {
		/* that could not be cut yet */
		spool->next.lanes[i].moves = spool->next.lanes[i].stale;
		left &= !spool->next.lanes[i].stale;
		if (!spool->next.lanes[i].stale)
			record->lanes[i].stream_ms = 0;
	}
	if (left)
		record->place = place;
	return 0;
}

int recovery_segments(struct recovery *recovery)
{
	int error = 0;

	count_segments(recovery);
	for (unsigned i = 0; i < SPOOL_LANES && error == 0; i++)
		error = lane_segments(recovery, i);
	return error == 0 ? move_streams(recovery) : error;
}
