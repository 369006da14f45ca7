/* transform secadvisor: one record a flow, with the number of the flow's earlier reports, with what its addresses and its
 * capture's node are in the topology, and with what `extend` asks there. What the topology does not answer in time is left
 * out (`unresolved`).
 *
 * The number is kept by UUID in the stages' memory: for 10 minutes after a report, for 1 minute after the report of a
 * finish; a timeout forgets it at once. What cannot be kept any longer (too many flows at a time) begins again at 0. */
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/extend.h"
#include "worker/flow_expiry.h"
#include "worker/secadvisor_record.h"
#include "worker/stages/stages.h"
#include "worker/state.h"
#include "worker/topology/topology.h"

enum { FLOWS_MAX = 1 << 20 };                 /* 32 MB, if that many are reported within 10 minutes */

struct reports {
	struct slot_entry entry;
	uint64_t count;
};

struct secadvisor {
	struct slot_table *reports;
	const struct record_format *format;
	struct extend *extend;                /* NULL: there are no entries */
	bool exclude_started;
	bool full;                            /* told of */
};

static int secadvisor_wanted(const struct pipeline_config *config)
{
	return config->transform.type == TRANSFORM_SECADVISOR;
}

static const struct record_format *secadvisor_format(const struct pipeline_config *config)
{
	return config->compat == COMPAT_SFE ? &record_format_secadvisor_sfe : &record_format_secadvisor;
}

static int secadvisor_claim(struct stage *stage, struct err *err)
{
	struct secadvisor *secadvisor = stage_private(stage);

	return slot_table_new(&secadvisor->reports, stage->context->state, "secadvisor.reports", sizeof(struct reports),
		FLOWS_MAX, err);
}

static int secadvisor_init(struct stage *stage, struct err *err)
{
	struct secadvisor *secadvisor = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	secadvisor->format = secadvisor_format(config);
	secadvisor->exclude_started = config->transform.exclude_started_flows;
	return extend_new(&secadvisor->extend, config, err);
}

static void secadvisor_fini(struct stage *stage)
{
	struct secadvisor *secadvisor = stage_private(stage);

	slot_table_free(&secadvisor->reports);
	extend_free(&secadvisor->extend);
}

static void tell_full(struct stage *stage)
{
	struct secadvisor *secadvisor = stage_private(stage);

	if (!secadvisor->full)
		stage->context->event(stage->context->owner, LOG_WARN, "secadvisor.reports_full",
			"more flows at a time than can be remembered: some update counts begin again at 0");
	secadvisor->full = true;
}

/* Takes a report into account; *count: the reports before it. False: the undo log is full. */
static bool count_report(struct stage *stage, const struct batch *batch, const struct flow *flow, uint64_t *count)
{
	struct secadvisor *secadvisor = stage_private(stage);
	bool made = false, evicted = false;
	struct reports *reports;
	uint64_t key[2];

	slot_key(batch_text(batch, flow->uuid), flow->uuid.length, key);
	if (flow->finish_type == FINISH_TIMEOUT) {
		const struct reports *last = slot_table_find(secadvisor->reports, key, batch->now_ns);

		*count = last != NULL ? last->count : 0;
		return slot_table_remove(secadvisor->reports, key);
	}
	reports = slot_table_change(secadvisor->reports, key, batch->now_ns, &made, &evicted);
	if (reports == NULL)
		return false;
	*count = reports->count++;
	reports->entry.expires_ns = flow_expires_ns(flow, batch->now_ns);
	if (evicted)
		tell_full(stage);
	return true;
}

/* ---- a batch: counted, then asked for, then written ---- */

/* Whether it is left out as the first report of a flow that goes on. */
static bool leaves_out(const struct secadvisor *secadvisor, const struct flow *flow, const struct secadvisor_detail *detail)
{
	return secadvisor->exclude_started && detail->update_count == 0 && flow->finish_type == FINISH_NONE;
}

/* extend may ask with the counts, so they come first; a batch that is then held has them undone. */
static int count_all(struct stage *stage, const struct batch *batch, struct secadvisor_detail *details, struct err *err)
{
	for (uint32_t i = 0; i < batch->kept_count; i++) {
		if (!count_report(stage, batch, &batch->flows[i], &details[i].update_count))
			return err_set(err, ERR_LIMIT, "no room to undo the update counts of a slice");
	}
	return 0;
}

/* What the topology knows of a flow into detail. Returns its answers' states, as bits; -1: no memory. */
static int resolve(struct stage *stage, const struct batch *batch, const struct flow *flow, struct secadvisor_detail *detail)
{
	struct extend *extend = ((struct secadvisor *)stage_private(stage))->extend;
	struct topology *topology = stage->context->topology;
	const char *tid = batch_text(batch, flow->node_tid);
	size_t tid_length = flow->node_tid.length;
	enum topology_state a, b, node;
	unsigned states;

	a = topology_context(topology, batch_text(batch, flow->network_a), flow->network_a.length, tid, tid_length,
		batch->now_ns, &detail->a);
	b = topology_context(topology, batch_text(batch, flow->network_b), flow->network_b.length, tid, tid_length,
		batch->now_ns, &detail->b);
	node = topology_node_type(topology, tid, tid_length, batch->now_ns, &detail->node_type);
	states = 1u << a | 1u << b | 1u << node;
	return extend == NULL ? (int)states : extend_ask(extend, topology, batch, flow, detail, states);
}

/* Asks for all flows of the batch before it is held for any. */
static int resolve_all(struct stage *stage, struct batch *batch, struct secadvisor_detail *details, struct err *err)
{
	static const int asked = 1 << TOPOLOGY_ASKED, missing = 1 << TOPOLOGY_ASKED | 1 << TOPOLOGY_UNKNOWN;
	const struct secadvisor *secadvisor = stage_private(stage);
	struct topology *topology = stage->context->topology;
	int all = 0;

	for (uint32_t i = 0; topology != NULL && i < batch->kept_count; i++) {
		int states;

		if (leaves_out(secadvisor, &batch->flows[i], &details[i]))
			continue;
		states = resolve(stage, batch, &batch->flows[i], &details[i]);
		if (states < 0)
			return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
		details[i].unresolved = (states & missing) != 0;
		all |= states;
	}
	if ((all & asked) != 0 && topology_holds(topology, batch))
		return err_set(err, ERR_AGAIN, "the topology is being asked");
	return 0;
}

static void transform(struct stage *stage, struct batch *batch, struct secadvisor_detail *details)
{
	const struct secadvisor *secadvisor = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		struct secadvisor_detail *detail = &details[i];
		const struct flow *flow = &batch->flows[i];

		if (leaves_out(secadvisor, flow, detail)) {
			stage_account(stage)->excluded_started++;
			continue;
		}
		stage_account(stage)->records_unresolved += detail->unresolved;
		batch->records[batch->record_count++] = (struct record){ .format = secadvisor->format, .flow = flow,
			.detail = detail, .tag = batch->tags[batch->kept[i]], .flows = 1 };
	}
}

static int secadvisor_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct secadvisor_detail *details = arena_calloc(batch->arena, batch->kept_count, sizeof(*details));
	int error;

	batch->records = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->records));
	if (details == NULL || batch->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
	error = count_all(stage, batch, details, err);
	if (error == 0)
		error = resolve_all(stage, batch, details, err);
	if (error != 0)
		return error;
	transform(stage, batch, details);
	return stage_next(stage, batch, err);
}

const struct stage_type stage_transform_secadvisor = {
	.name = "secadvisor",
	.phase = PHASE_TRANSFORM,
	.size = sizeof(struct secadvisor),
	.wanted = secadvisor_wanted,
	.claim = secadvisor_claim,
	.init = secadvisor_init,
	.push = secadvisor_push,
	.record_format = secadvisor_format,
	.fini = secadvisor_fini,
};
