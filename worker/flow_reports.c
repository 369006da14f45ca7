#include "worker/flow_reports.h"

#include <stdlib.h>

#include "common/log.h"
#include "worker/batch.h"
#include "worker/flow_expiry.h"
#include "worker/stage.h"
#include "worker/state.h"

enum { FLOWS_MAX = 1 << 20 };                 /* 56 MB, if that many are reported within 10 minutes */

struct report {
	struct slot_entry entry;
	int64_t start, last;                  /* of the last report's LastUpdateMetric */
};

struct flow_reports {
	struct slot_table *table;
	struct stage *stage;
	const char *full;
	bool told;
};

int flow_reports_new(struct flow_reports **reports, struct stage *stage, const char *name, const char *full,
	struct err *err)
{
	int error;

	*reports = calloc(1, sizeof(**reports));
	if (*reports == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the flows' reports");
	(*reports)->stage = stage;
	(*reports)->full = full;
	error = slot_table_new(&(*reports)->table, stage->context->state, name, sizeof(struct report), FLOWS_MAX, err);
	if (error != 0)
		flow_reports_free(reports);
	return error;
}

void flow_reports_free(struct flow_reports **reports)
{
	if (*reports == NULL)
		return;
	slot_table_free(&(*reports)->table);
	free(*reports);
	*reports = NULL;
}

static bool differs(const struct report *report, const struct flow *flow)
{
	return report->start != flow->last_update.start || report->last != flow->last_update.last;
}

static void tell_full(struct flow_reports *reports)
{
	const struct stage_context *context = reports->stage->context;

	if (!reports->told)
		context->event(context->owner, LOG_WARN, reports->full,
			"more flows at a time than can be remembered: some repeated reports are written again");
	reports->told = true;
}

/* False: the undo log is full. */
static bool take(struct flow_reports *reports, const struct batch *batch, const struct flow *flow, bool *is_new)
{
	struct report *report;
	uint64_t key[2];
	bool made = false, evicted = false;

	slot_key(batch_text(batch, flow->uuid), flow->uuid.length, key);
	if (flow->finish_type == FINISH_TIMEOUT) {
		const struct report *last = slot_table_find(reports->table, key, batch->now_ns);

		*is_new = last == NULL || differs(last, flow);
		return slot_table_remove(reports->table, key);
	}
	report = slot_table_change(reports->table, key, batch->now_ns, &made, &evicted);
	if (report == NULL)
		return false;
	*is_new = made || differs(report, flow);
	report->start = flow->last_update.start;
	report->last = flow->last_update.last;
	report->entry.expires_ns = flow_expires_ns(flow, batch->now_ns);
	if (evicted)
		tell_full(reports);
	return true;
}

int flow_reports_take(struct flow_reports *reports, const struct batch *batch, const struct flow *flow, bool *is_new,
	struct err *err)
{
	*is_new = true;
	if (reports == NULL || flow->uuid.length == 0 || take(reports, batch, flow, is_new))
		return 0;
	return err_set(err, ERR_LIMIT, "no room to undo the reports of a slice");
}
