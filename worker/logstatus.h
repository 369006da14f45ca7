/* What the parts of mangle logstatus share: the stage (stages/mangle_logstatus.c) and the silence that it tells
 * (logstatus_silence.c). */
#ifndef SLUICE_WORKER_LOGSTATUS_H
#define SLUICE_WORKER_LOGSTATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "worker/capture_interfaces.h"
#include "worker/flow_totals.h"
#include "worker/log_intervals.h"

struct batch;
struct record;
struct record_format;
struct stage;

/* Slots that the undo log has left, below which nothing is changed that can wait: for the flows of the same transaction
 * (9 for each), or for one more interface. */
enum { ROOM_FLOWS = 9 * 512 + 64, ROOM_ALONE = 64 };
struct logstatus {
	struct capture_interfaces *interfaces;
	struct flow_totals *totals;
	int region;                           /* of struct intervals */
	const struct record_format *format;   /* of rows that stand for no flow */
	struct arena arena;                   /* of what the timer gives out */
	int64_t interval_ns;
	uint32_t emit;                        /* bit set of enum log_status */
	uint32_t rows_max;                    /* in one go */
	bool tells_silence;                   /* the tag of its rows is not excluded */
	bool extra_rows;                      /* compat: sfe: SKIPDATA stands beside the flow's record */
	bool interfaces_full, totals_full;    /* told of */
	int64_t look_ns;                      /* flows may be on their way: silence is looked for again then */
};

/* A batch on its way through, or a timer's. */
struct mangling {
	struct stage *stage;
	struct logstatus *logstatus;
	struct batch *batch;
	struct intervals *intervals;
	struct record *records;               /* what goes on */
	uint32_t count, max;
	uint32_t rows_left;
	uint32_t room;                        /* ROOM_FLOWS or ROOM_ALONE */
};

static inline bool logstatus_emits(const struct logstatus *logstatus, enum log_status status)
{
	return (logstatus->emit & 1u << status) != 0;
}

/* The time of a batch's arrival: ends what is over, as far as there is room to tell of it, and begins an interval where
 * there is none. ERR_LIMIT: no room. */
int logstatus_take_time(struct mangling *mangling, struct err *err);
/* The same in silence: what was lost, was lost before the interval that begins. */
int logstatus_take_silence(struct mangling *mangling, struct err *err);

#endif
