#include "worker/flow_direction.h"

#include <string.h>

#include "worker/batch.h"
#include "worker/flow_log.h"
#include "worker/record.h"
#include "worker/stage.h"
#include "worker/topology/topology.h"

static bool owns(const struct topology_addresses *addresses, const uint8_t address[16])
{
	for (size_t i = 0; i < addresses->count; i++) {
		if (memcmp(addresses->items[i], address, 16) == 0)
			return true;
	}
	return false;
}

static enum flow_log_direction direction_from(const struct topology_addresses *addresses,
	const struct flow_column *column)
{
	if ((column->valid & ADDRESS_A_VALID) != 0 && owns(addresses, column->a))
		return DIRECTION_OUT;
	if ((column->valid & ADDRESS_B_VALID) != 0 && owns(addresses, column->b))
		return DIRECTION_IN;
	return DIRECTION_UNKNOWN;
}

/* Without a node, or addresses that one could have, there is nothing to ask. */
static enum topology_state find_direction(struct topology *topology, const struct batch *batch, const struct flow *flow,
	struct flow_log *log)
{
	const struct flow_column *column = &batch->columns[batch->kept[flow - batch->flows]];
	struct topology_addresses addresses = { 0 };
	enum topology_state state;

	if (flow->node_tid.length == 0 || column->valid == 0)
		return TOPOLOGY_NONE;
	state = topology_interface(topology, batch_text(batch, flow->node_tid), flow->node_tid.length, batch->now_ns,
		&addresses);
	if (state == TOPOLOGY_FOUND)
		log->direction = (uint8_t)direction_from(&addresses, column);
	return state;
}

int flow_directions_find(struct stage *stage, const struct batch *batch, struct flow_log *logs, struct err *err)
{
	struct topology *topology = stage->context->topology;
	uint32_t asked = 0, unknown = 0;

	if (topology == NULL)
		return 0;
	for (uint32_t i = 0; i < batch->record_count; i++) {
		enum topology_state state = find_direction(topology, batch, batch->records[i].flow, &logs[i]);

		asked += state == TOPOLOGY_ASKED;
		unknown += state == TOPOLOGY_UNKNOWN;
	}
	if (asked > 0 && topology_holds(topology, batch))
		return err_set(err, ERR_AGAIN, "the topology is being asked");
	stage_account(stage)->records_unresolved += asked + unknown;
	return 0;
}
