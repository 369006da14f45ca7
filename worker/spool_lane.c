/* The lanes' open ends: records, cuts, streams. */
#include <assert.h>
#include <string.h>

#include "worker/planted.h"
#include "worker/segment.h"
#include "worker/spool_internal.h"

enum { NAMES_AHEAD_MS = 60000, IDLE_NAME_SECONDS = 60 };

/* ---- streams ---- */

void spool_stream_name(struct spool *spool, int64_t wall_ms)
{
	spool->stream_name_ms = wall_ms;
}

void spool_set_stream_seconds(struct spool *spool, uint32_t max_seconds_per_stream)
{
	spool->stream_seconds = max_seconds_per_stream;
}

static bool stream_over(const struct spool *spool, const struct commit_lane *lane, int64_t now_ns)
{
	if (lane->stream_ms == 0)
		return true;
	if (spool->stream_seconds == 0)
		return lane->stream_number > 0;
	return now_ns - lane->stream_begin_ns >= (int64_t)spool->stream_seconds * NS_PER_S;
}

/* A name that was given long ago would date a new stream wrongly; that is all that the wall clock decides here. A lane
 * without records may stay so for long: it does not ask for fresh names all the time. */
static bool name_is_old(const struct spool *spool, bool waiting, int64_t now_ms)
{
	int64_t seconds = spool->stream_seconds;

	if (!waiting && seconds < IDLE_NAME_SECONDS)
		seconds = IDLE_NAME_SECONDS;
	return seconds > 0 && now_ms - spool->stream_name_ms >= seconds * 1000;
}

/* Whether the lane's next cut, which may be its next record's, begins a stream for which there is no (good) name. */
static bool lane_wants_name(const struct spool *spool, const struct commit_lane *lane, int64_t now_ms, int64_t now_ns)
{
	bool waiting = lane->entries[lane->open % SPOOL_ENTRIES].records > 0;

	if (lane->stream_ms == 0 && !waiting)
		return false;
	if (!stream_over(spool, lane, now_ns))
		return false;
	if (spool->stream_name_ms > lane->stream_ms)
		return name_is_old(spool, waiting, now_ms);
	/* a name stands for a second: where streams end faster, their names run ahead of the clock, but not for ever */
	return spool->stream_name_ms - now_ms < NAMES_AHEAD_MS;
}

bool spool_wants_stream_name(const struct spool *spool, int64_t now_ms, int64_t now_ns)
{
	if (spool->stream_name_ms == 0)
		return true;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (lane_wants_name(spool, &spool->next.record.lanes[i], now_ms, now_ns))
			return true;
	}
	return false;
}

/* The stream of the next object; until a new name is there the old stream goes on. */
static int stream_next(struct spool *spool, struct commit_lane *lane, int64_t now_ns, struct err *err)
{
	if (!stream_over(spool, lane, now_ns))
		return 0;
	if (spool->stream_name_ms > lane->stream_ms) {
		if (lane->stream_ms == 0 || !planted(PLANTED_STREAM_AGAIN))
			lane->stream_ms = spool->stream_name_ms;
		lane->stream_number = 0;
		lane->stream_begin_ns = now_ns;
		return 0;
	}
	return lane->stream_ms != 0 ? 0 : err_set(err, ERR_AGAIN, "no stream has a name yet");
}

/* ---- cuts ---- */

int spool_cut(struct spool *spool, unsigned index, int64_t now_ms, int64_t now_ns, struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];
	struct commit_entry *entry = open_entry(lane);
	int error;

	assert(spool->active);
	spool_note_losses(spool);
	if (now_ms < lane->last_cut_ms)
		now_ms = lane->last_cut_ms;   /* the wall clock names things: it is kept from going back */
	if (entry->records > 0) {
		if (lane->open - lane->sealed + 2 > SPOOL_ENTRIES)
			return err_set(err, ERR_AGAIN, "%d segments wait to be sealed", SPOOL_ENTRIES);
		error = stream_next(spool, lane, now_ns, err);
		if (error != 0)
			return error;
		entry->stream_ms = lane->stream_ms;
		entry->stream_number = lane->stream_number++;
		entry->last_ms = now_ms;
		lane->open++;
		memset(open_entry(lane), 0, sizeof(*entry));
		lane->first_record_ns = 0;
		spool->next.lanes[index].stale = false;
		if (spool->next.lanes[index].moves)
			lane->stream_ms = 0;
		spool->next.lanes[index].moves = false;
	}
	/* the time that the open segment covers begins here */
	spool_clear_losses(spool, index, lane->open);
	lane->last_cut_ms = now_ms;
	lane->last_cut_ns = now_ns;
	return 0;
}

/* ---- records ---- */

static bool something_to_drop(const struct spool *spool)
{
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (spool->next.record.lanes[i].claimed < spool->next.record.lanes[i].sealed)
			return true;
	}
	return false;
}

bool spool_over_quota(const struct spool *spool)
{
	return spool->over_quota;
}

/* Where nothing waits a transaction goes through, however small the quota is: it would wait for ever. */
static int check_quota(struct spool *spool, size_t more, struct err *err)
{
	const struct spool_view *committed = &spool->committed;
	uint64_t quota = spool->options.quota_bytes;

	if (quota == 0 || spool->next.segment_bytes + spool->next.object_bytes + more <= quota || something_to_drop(spool) ||
		committed->segment_bytes + committed->object_bytes == 0)
		return 0;
	spool->over_quota = true;
	return err_set(err, ERR_AGAIN, "the spool's quota of %llu bytes is used up, and nothing of it may be dropped yet",
		(unsigned long long)quota);
}

/* Room in the lane's buffer, and the piece that the bytes belong to. */
static int piece_for(struct spool *spool, unsigned index, const struct commit_entry *entry, size_t length,
	struct piece **piece, struct err *err)
{
	struct lane *lane = &spool->lanes[index];
	uint64_t number = spool->next.record.lanes[index].open;
	int error = buffer_reserve(&lane->bytes, length);

	if (error != 0)
		return err_set(err, ERR_NO_MEMORY, "no memory for %zu more bytes of a transaction", length);
	if (lane->piece_count == 0 || lane->pieces[lane->piece_count - 1].number != number) {
		assert(lane->piece_count < SPOOL_ENTRIES);
		lane->pieces[lane->piece_count++] = (struct piece){ .number = number, .from = lane->bytes.length,
			.at = entry->bytes };
	}
	*piece = &lane->pieces[lane->piece_count - 1];
	return 0;
}

static void begin_segment(struct spool *spool, unsigned index, struct commit_entry *entry, int64_t now_ms, int64_t now_ns)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];

	segment_head_put(&spool->lanes[index].bytes, &spool->format, &spool->committed.record.position);
	entry->first_ms = lane->last_cut_ms != 0 ? lane->last_cut_ms : now_ms;
	if (lane->last_cut_ms == 0)
		spool_clear_losses(spool, index, lane->open);
	lane->first_record_ns = now_ns;
	spool->next.segments++;
}

static void count_record(struct spool *spool, unsigned index, struct commit_entry *entry, size_t length, uint32_t flows)
{
	entry->bytes += (uint32_t)length;
	entry->records++;
	entry->flows += flows;
	spool->next.segment_bytes += length;
	spool->next.lanes[index].waiting_records++;
	spool->next.lanes[index].waiting_flows += flows;
	spool->next.record.account.waiting_spool += flows;
}

int spool_append(struct spool *spool, unsigned index, const void *bytes, size_t length, uint32_t flows, int64_t now_ms,
	int64_t now_ns, struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];
	const char *separator = spool->options.format.separator;
	size_t head = segment_head_size(&spool->format), more = strlen(separator) + length;
	struct commit_entry *entry = open_entry(lane);
	struct piece *piece = NULL;
	int error;

	assert(spool->active);
	if (length > SPOOL_OBJECT_BYTES - head)
		return err_set(err, ERR_LIMIT, "a record of %zu bytes: an object may have %u", length, SPOOL_OBJECT_BYTES);
	if (entry->records > 0 && (spool->next.lanes[index].stale || more > SPOOL_OBJECT_BYTES - entry->bytes)) {
		error = spool_cut(spool, index, now_ms, now_ns, err);
		if (error != 0)
			return error;
		entry = open_entry(lane);
	}
	if (entry->records == 0)
		more = head + length;
	error = check_quota(spool, more, err);
	if (error == 0)
		error = piece_for(spool, index, entry, more, &piece, err);
	if (error != 0)
		return error;
	if (entry->records == 0)
		begin_segment(spool, index, entry, now_ms, now_ns);
	else
		buffer_put(&spool->lanes[index].bytes, separator, strlen(separator));
	buffer_put(&spool->lanes[index].bytes, bytes, length);
	piece->length += more;
	count_record(spool, index, entry, more, flows);
	return 0;
}

/* ---- the other end ---- */

void lane_forget_entry(struct spool *spool, unsigned index, uint64_t number)
{
	struct commit_entry *entry = commit_entry(&spool->next.record.lanes[index], number);

	if (entry->records > 0) {
		spool->next.segments--;
		spool->next.segment_bytes -= entry->bytes;
	}
	memset(entry, 0, sizeof(*entry));
	spool_clear_losses(spool, index, number);
}

int lane_step_over_holes(struct spool *spool, unsigned index, struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];
	const struct queued_object hole = { 0 };
	int error = 0;

	while (error == 0 && lane->sealed < lane->open && commit_entry(lane, lane->sealed)->records == 0) {
		error = object_queue_push(&spool->lanes[index].queue, &hole, err);
		if (error == 0)
			lane->sealed++;
	}
	return error;
}
