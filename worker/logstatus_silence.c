#include "worker/logstatus.h"

#include <string.h>

#include "common/clock.h"
#include "worker/batch.h"
#include "worker/flow_log.h"
#include "worker/record.h"
#include "worker/stage.h"

enum { SILENT_MAX = 10 };

static int64_t wall_ms(const struct batch *batch, int64_t ns)
{
	return batch->now_ms - (batch->now_ns - ns) / NS_PER_MS;
}

/* A row that stands for no flow: its detail is a struct flow_log, whatever the transform. */
static int put_silence(struct mangling *mangling, const struct capture_interface *interface, uint8_t status,
	struct err *err)
{
	const struct intervals *intervals = mangling->intervals;
	struct flow_log *log = arena_calloc(mangling->batch->arena, 1, sizeof(*log));

	if (log == NULL)
		return err_set(err, ERR_LIMIT, "the silent interfaces do not fit into a batch's memory");
	memcpy(log->node_tid, interface->tid, sizeof(log->node_tid));
	log->start_ms = wall_ms(mangling->batch, intervals->told_start_ns);
	log->end_ms = wall_ms(mangling->batch, intervals->start_ns);
	log->tag = TAG_OTHER;
	mangling->records[mangling->count++] = (struct record){ .format = mangling->logstatus->format, .detail = log,
		.tag = TAG_OTHER, .log_status = status };
	mangling->rows_left--;
	return 0;
}

static int tell_interface(struct mangling *mangling, const struct capture_interface *interface, uint32_t silent,
	struct err *err)
{
	const struct intervals *intervals = mangling->intervals;
	bool lossy = intervals_is_lossy(intervals, intervals->number - 1);
	uint8_t status = lossy ? LOG_STATUS_SKIPDATA : LOG_STATUS_NODATA;
	int error = 0;

	if (mangling->logstatus->tells_silence && logstatus_emits(mangling->logstatus, status))
		error = put_silence(mangling, interface, status, err);
	if (error != 0 || silent < SILENT_MAX || interface->heard == intervals->number)
		return error;
	return interfaces_forget(mangling->logstatus->interfaces, interface) ? 0 :
		err_set(err, ERR_LIMIT, "no room to undo that an interface is forgotten");
}

/* Tells of the interval before the present one, as far as there is room. */
static int tell(struct mangling *mangling, struct err *err)
{
	struct intervals *intervals = mangling->intervals;
	const struct capture_interfaces *interfaces = mangling->logstatus->interfaces;
	const struct capture_interface *interface;
	uint32_t cursor = intervals->cursor, silent;
	int error;

	while ((interface = interfaces_next_silent(interfaces, &cursor, intervals->number - 1, &silent)) != NULL) {
		if (mangling->rows_left == 0 || state_undo_room(mangling->stage->context->state) <= mangling->room)
			return 0;
		error = tell_interface(mangling, interface, silent, err);
		if (error != 0)
			return error;
		intervals->cursor = cursor;
	}
	intervals->telling = 0;
	if (interfaces_empty(interfaces))
		intervals_leave(intervals);
	return 0;
}

/* Ends intervals up to now, as far as there is room to tell of them. */
static int advance(struct mangling *mangling, struct err *err)
{
	struct intervals *intervals = mangling->intervals;
	int error = 0;

	do {
		if (intervals->telling)
			error = tell(mangling, err);
	} while (error == 0 && !intervals->telling &&
		intervals_end(intervals, mangling->logstatus->interval_ns, mangling->batch->now_ns));
	return error;
}

static bool find_losses(const struct mangling *mangling, uint32_t number)
{
	return intervals_find_losses(mangling->intervals, stage_account(mangling->stage), number);
}

int logstatus_take_time(struct mangling *mangling, struct err *err)
{
	struct intervals *intervals = mangling->intervals;
	int64_t now_ns = mangling->batch->now_ns, interval_ns = mangling->logstatus->interval_ns;
	bool lossy = find_losses(mangling, intervals_number_at(intervals, interval_ns, now_ns));
	int error = advance(mangling, err);

	intervals_begin(intervals, interval_ns, now_ns);
	if (lossy && intervals->lossy < intervals->number)
		intervals->lossy = intervals->number;
	return error;
}

int logstatus_take_silence(struct mangling *mangling, struct err *err)
{
	const struct intervals *intervals = mangling->intervals;
	uint32_t number = intervals_number_at(intervals, mangling->logstatus->interval_ns, mangling->batch->now_ns);

	find_losses(mangling, intervals->telling ? number : number - 1);
	return advance(mangling, err);
}
