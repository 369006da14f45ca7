/* Segments become objects: the loop's half. The sealer's is seal.c. */
#include <assert.h>
#include <stdlib.h>

#include "common/log.h"
#include "worker/object.h"
#include "worker/seal.h"
#include "worker/spool_internal.h"

/* Of the lanes that can be sealed now, the one whose segment was cut first; SPOOL_LANES: none. */
static unsigned lane_to_seal(struct spool *spool)
{
	unsigned best = SPOOL_LANES;
	int64_t best_ms = INT64_MAX;

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct commit_lane *lane = &spool->next.record.lanes[i];
		const struct commit_entry *entry = commit_entry(lane, lane->sealed);

		/* a cut that is not committed may never have been */
		if (spool->lanes[i].sealing || lane->sealed >= spool->committed.record.lanes[i].open)
			continue;
		if (entry->last_ms < best_ms) {
			best_ms = entry->last_ms;
			best = i;
		}
	}
	return best;
}

struct seal_job *spool_seal_next(struct spool *spool, bool behind)
{
	unsigned index = lane_to_seal(spool);
	struct commit_lane *lane;
	struct seal_job *job;

	if (index == SPOOL_LANES)
		return NULL;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return NULL;          /* asked again with the next commit */
	lane = &spool->next.record.lanes[index];
	job->files = spool->files;
	job->dirfd = spool->options.dirfd;
	job->direct = spool->options.direct;
	job->behind = behind;
	job->lane = index;
	job->number = lane->sealed;
	job->entry = *commit_entry(lane, lane->sealed);
	job->lossy = (spool->next.record.lossy[index] & commit_lossy_bit(lane->sealed)) != 0;
	job->last_position = spool->lanes[index].cut_positions[lane->sealed % SPOOL_ENTRIES];
	spool->lanes[index].sealing = true;
	return job;
}

static int sealed_object(struct spool *spool, const struct seal_job *job, int64_t now_ms, struct err *err)
{
	const struct queued_object object = { .flows = job->entry.flows, .records = job->entry.records,
		.bytes = (uint32_t)(OBJECT_HEAD_SIZE + job->content_bytes), .sealed_ms = now_ms };
	int error = object_queue_push(&spool->lanes[job->lane].queue, &object, err);

	if (error != 0)
		return error;
	spool->next.objects++;
	spool->next.object_bytes += object.bytes;
	spool->next.record.sealed_flows += object.flows;
	return 0;
}

static int lost_segment(struct spool *spool, const struct seal_job *job, struct err *err)
{
	const struct queued_object hole = { 0 };
	int error = object_queue_push(&spool->lanes[job->lane].queue, &hole, err);

	if (error != 0)
		return error;
	lane_release(spool, job->lane, job->entry.records, job->entry.flows);
	spool->next.record.account.lost_spool += job->entry.flows;
	spool_event(spool, LOG_ERROR, "spool.segment_lost", "segment %llu of lane %s is damaged: %llu flows are lost",
		(unsigned long long)job->number, flow_tag_names[job->lane], (unsigned long long)job->entry.flows);
	return 0;
}

static int segment_done(struct spool *spool, const struct seal_job *job, int result, int64_t now_ms, struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[job->lane];
	int error = doomed_reserve(spool, err);

	assert(lane->sealed == job->number);
	if (error == 0)
		error = result == 0 ? sealed_object(spool, job, now_ms, err) : lost_segment(spool, job, err);
	if (error != 0)
		return error;
	lane_forget_entry(spool, job->lane, job->number);
	lane->sealed++;
	doomed_add(spool, DOOM_UNLINK_SEGMENT, job->lane, job->number, 0, 0);
	spool_want_durable(spool);
	error = lane_step_over_holes(spool, job->lane, err);
	if (error == 0 && spool_claim(spool, job->lane, NULL) == ERR_NO_MEMORY)
		error = err_set(err, ERR_NO_MEMORY, "no memory to claim an object");
	return error;
}

int spool_sealed(struct spool *spool, struct seal_job **out, int result, int64_t now_ms, struct err *err)
{
	struct seal_job *job = *out;
	int error = 0;

	assert(spool->active);
	*out = NULL;
	spool->lanes[job->lane].sealing = false;
	if (result == 0 || result == ERR_CORRUPT)
		error = segment_done(spool, job, result, now_ms, err);
	free(job);
	return error;
}
