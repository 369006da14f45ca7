#include "support_spool.h"

#include <stdlib.h>

enum { CONTENT_MAX = 64 << 20 };

static void copy_content(struct buffer *to, const struct buffer *from)
{
	buffer_init(to, CONTENT_MAX);
	if (buffer_append(to, from->bytes, from->length) != 0)
		abort();
}

static void free_lanes(struct fake_state *state)
{
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++)
		buffer_fini(&state->lanes[lane].open.content);
}

void fake_spool_init(struct spool *spool, const struct spool_format *format, struct state *state)
{
	*spool = (struct spool){ .format = *format, .state = state, .record_max = SPOOL_OBJECT_BYTES };
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		buffer_init(&spool->now.lanes[lane].open.content, CONTENT_MAX);
		buffer_init(&spool->before.lanes[lane].open.content, CONTENT_MAX);
	}
}

void fake_spool_fini(struct spool *spool)
{
	free_lanes(&spool->now);
	free_lanes(&spool->before);
	for (unsigned i = 0; i < spool->now.object_count; i++)
		buffer_fini(&spool->objects[i].content);
}

static void copy_state(struct fake_state *to, const struct fake_state *from)
{
	free_lanes(to);
	*to = *from;
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++)
		copy_content(&to->lanes[lane].open.content, &from->lanes[lane].open.content);
}

void spool_begin(struct spool *spool)
{
	copy_state(&spool->before, &spool->now);
	if (spool->state != NULL)
		state_begin(spool->state, spool->commits);
}

void spool_undo(struct spool *spool)
{
	for (unsigned i = spool->before.object_count; i < spool->now.object_count; i++)
		buffer_fini(&spool->objects[i].content);
	copy_state(&spool->now, &spool->before);
	if (spool->state != NULL)
		state_undo(spool->state);
}

int spool_commit(struct spool *spool, struct err *err)
{
	(void)err;
	spool->commits++;
	return 0;
}

struct account *spool_account(struct spool *spool)
{
	return &spool->now.account;
}

void spool_shown(struct spool *spool, uint32_t flows, int64_t wall_ms)
{
	(void)wall_ms;
	spool->now.account.written += flows;
}

int spool_append(struct spool *spool, unsigned lane, const void *bytes, size_t length, uint32_t flows, int64_t now_ms,
	int64_t now_ns, struct err *err)
{
	struct fake_lane *to = &spool->now.lanes[lane];

	(void)now_ms;
	if (length > spool->record_max)
		return err_set(err, ERR_LIMIT, "too long");
	if (spool->refuse_appends > 0 && --spool->refuse_appends == 0)
		return err_set(err, ERR_AGAIN, "no room");
	if (to->open.records == 0)
		to->first_record_ns = now_ns;
	if (buffer_append_text(&to->open.content, to->open.records == 0 ? spool->format.open : spool->format.separator) != 0
	    || buffer_append(&to->open.content, bytes, length) != 0)
		abort();
	to->open.records++;
	to->open.flows += flows;
	spool->now.account.waiting_spool += flows;
	return 0;
}

int spool_cut(struct spool *spool, unsigned lane, int64_t now_ms, int64_t now_ns, struct err *err)
{
	struct fake_lane *from = &spool->now.lanes[lane];

	(void)now_ms;
	if (from->open.records > 0) {
		if (spool->now.object_count == OBJECTS_MAX)
			return err_set(err, ERR_AGAIN, "no entry");
		if (buffer_append_text(&from->open.content, spool->format.close) != 0)
			abort();
		from->open.lane = lane;
		from->open.cut_ns = now_ns;
		spool->objects[spool->now.object_count++] = from->open;
		from->open = (struct fake_object){ 0 };
		buffer_init(&from->open.content, CONTENT_MAX);
		from->first_record_ns = 0;
	}
	from->last_cut_ns = now_ns;
	return 0;
}

void spool_lane(const struct spool *spool, unsigned lane, struct spool_lane *figures)
{
	const struct fake_lane *from = &spool->now.lanes[lane];

	*figures = (struct spool_lane){
		.open_records = from->open.records, .open_bytes = from->open.content.length,
		.last_cut_ns = from->last_cut_ns, .first_record_ns = from->first_record_ns,
	};
}
