/* classify subnet_autodiscovery: as subnet, with the addresses of the cluster's nodes inside, too, as the topology knows them.
 *
 * They are asked for at the start and then every 5 minutes. A batch waits for the first answer as for any answer of the
 * topology, for at most 2 s: a tag is part of an object's name, and cannot be mended afterwards. Until the nodes are known the
 * configured masks serve alone, which an event tells; once they are, the last ones known serve until there are others. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/classify.h"
#include "worker/prefix_table.h"
#include "worker/stages/stages.h"
#include "worker/topology/topology.h"

/* They are asked for again behind 4 of their 5 minutes, by whoever looks then. */
#define LOOK_NS (30 * NS_PER_S)

struct autodiscovery {
	struct prefix_table *inside;
	bool known;                           /* the nodes are in it, as of this generation */
	uint64_t generation;
	bool told;                            /* that the masks serve alone */
	int64_t due_ns;                       /* when to look for others */
};

static int autodiscovery_wanted(const struct pipeline_config *config)
{
	return config->classify.type == CLASSIFY_SUBNET_AUTODISCOVERY;
}

static int autodiscovery_init(struct stage *stage, struct err *err)
{
	struct autodiscovery *autodiscovery = stage_private(stage);
	const struct prefix_list *masks = &stage->context->config->classify.cluster_net_masks;

	return prefix_table_new(&autodiscovery->inside, masks->items, masks->count, err);
}

static void autodiscovery_fini(struct stage *stage)
{
	struct autodiscovery *autodiscovery = stage_private(stage);

	prefix_table_free(&autodiscovery->inside);
}

/* ---- the nodes ---- */

static int build(struct prefix_table **table, const struct prefix_list *masks, const struct prefix_list *nodes, struct err *err)
{
	struct prefix *all = calloc(masks->count + nodes->count + 1, sizeof(*all));
	int error;

	if (all == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the addresses of %zu cluster nodes", nodes->count);
	if (masks->count > 0)
		memcpy(all, masks->items, masks->count * sizeof(*all));
	if (nodes->count > 0)
		memcpy(all + masks->count, nodes->items, nodes->count * sizeof(*all));
	error = prefix_table_new(table, all, masks->count + nodes->count, err);
	free(all);
	return error;
}

static void tell(struct stage *stage, size_t nodes)
{
	struct autodiscovery *autodiscovery = stage_private(stage);

	if (nodes == 0)
		stage->context->event(stage->context->owner, LOG_WARN, "classify.no_nodes",
			"the topology has no cluster nodes: the configured masks alone say what is inside");
	else if (autodiscovery->told)
		stage->context->event(stage->context->owner, LOG_INFO, "classify.nodes_known",
			"the cluster nodes' addresses are known, and inside from now on");
	log_info("cluster nodes are inside addresses=%zu", nodes);
	autodiscovery->told = false;
}

/* Takes over what is known now, where it is another than before. */
static int take(struct stage *stage, const struct prefix_list *nodes, uint64_t generation, struct err *err)
{
	struct autodiscovery *autodiscovery = stage_private(stage);
	struct prefix_table *table;
	int error;

	if (autodiscovery->known && autodiscovery->generation == generation)
		return 0;
	error = build(&table, &stage->context->config->classify.cluster_net_masks, nodes, err);
	if (error != 0)
		return error;
	prefix_table_free(&autodiscovery->inside);
	autodiscovery->inside = table;
	autodiscovery->known = true;
	autodiscovery->generation = generation;
	tell(stage, nodes->count);
	return 0;
}

/* *asked: they are being asked for, and nothing is known yet. */
static int look(struct stage *stage, int64_t now_ns, bool *asked, struct err *err)
{
	struct autodiscovery *autodiscovery = stage_private(stage);
	struct prefix_list nodes = { 0 };
	uint64_t generation;
	enum topology_state state = topology_cluster(stage->context->topology, now_ns, &nodes, &generation);

	*asked = state == TOPOLOGY_ASKED && !autodiscovery->known;
	return state == TOPOLOGY_FOUND || state == TOPOLOGY_NONE ? take(stage, &nodes, generation, err) : 0;
}

/* ---- flows ---- */

static void tell_masks_alone(struct stage *stage)
{
	struct autodiscovery *autodiscovery = stage_private(stage);

	if (!autodiscovery->told)
		stage->context->event(stage->context->owner, LOG_WARN, "classify.masks_alone",
			"the topology does not answer: the configured masks alone say what is inside");
	autodiscovery->told = true;
}

static int autodiscovery_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct autodiscovery *autodiscovery = stage_private(stage);
	bool asked;
	int error = look(stage, batch->now_ns, &asked, err);

	if (error != 0)
		return error;
	if (asked && topology_holds(stage->context->topology, batch))
		return err_set(err, ERR_AGAIN, "the cluster's nodes are being asked for");
	if (!autodiscovery->known)
		tell_masks_alone(stage);
	classify_batch(batch, autodiscovery->inside);
	return stage_next(stage, batch, err);
}

/* Also where no flow comes: the first ones find the nodes known. */
static int autodiscovery_timer(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct autodiscovery *autodiscovery = stage_private(stage);
	bool asked;

	(void)now_ms;
	autodiscovery->due_ns = now_ns + LOOK_NS;
	return look(stage, now_ns, &asked, err);
}

static int64_t autodiscovery_next_due(const struct stage *stage)
{
	const struct autodiscovery *autodiscovery = stage_private(stage);

	return autodiscovery->due_ns;
}

const struct stage_type stage_classify_autodiscovery = {
	.name = "subnet_autodiscovery",
	.phase = PHASE_CLASSIFY,
	.size = sizeof(struct autodiscovery),
	.wanted = autodiscovery_wanted,
	.init = autodiscovery_init,
	.push = autodiscovery_push,
	.timer = autodiscovery_timer,
	.next_due = autodiscovery_next_due,
	.fini = autodiscovery_fini,
};
