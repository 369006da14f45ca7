#include "support_topology.h"

#include <stdio.h>
#include <string.h>

#include "common/flow.h"

static enum topology_state answer(struct topology *topology, const struct fake_interface *interface,
	struct topology_addresses *addresses)
{
	size_t count = 0;

	if (interface->state != TOPOLOGY_FOUND)
		return interface->state;
	for (; count < FAKE_ADDRESSES && interface->addresses[count] != NULL; count++)
		address_parse(interface->addresses[count], (uint32_t)strlen(interface->addresses[count]), topology->answer[count]);
	*addresses = (struct topology_addresses){ (const uint8_t (*)[16])topology->answer, count };
	return TOPOLOGY_FOUND;
}

enum topology_state topology_interface(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	struct topology_addresses *addresses)
{
	(void)now_ns;
	topology->questions++;
	for (size_t i = 0; i < topology->count; i++) {
		const char *tid = topology->interfaces[i].tid;

		if (strlen(tid) == length && memcmp(tid, node_tid, length) == 0)
			return answer(topology, &topology->interfaces[i], addresses);
	}
	return TOPOLOGY_NONE;
}

bool topology_holds(struct topology *topology, const struct batch *batch)
{
	(void)batch;
	return topology->holds;
}

enum topology_state topology_context(struct topology *topology, const char *address, size_t length,
	const char *node_tid, size_t tid_length, int64_t now_ns, struct topology_context *context)
{
	(void)node_tid;
	(void)tid_length;
	(void)now_ns;
	for (size_t i = 0; i < topology->context_count; i++) {
		if (strlen(topology->contexts[i].address) != length || memcmp(topology->contexts[i].address, address, length) != 0)
			continue;
		*context = topology->contexts[i].context;
		return TOPOLOGY_FOUND;
	}
	return topology->contexts != NULL ? TOPOLOGY_NONE : TOPOLOGY_UNKNOWN;
}

enum topology_state topology_node_type(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	const char **type)
{
	(void)node_tid;
	(void)length;
	(void)now_ns;
	(void)type;
	return topology->contexts != NULL ? TOPOLOGY_NONE : TOPOLOGY_UNKNOWN;
}

enum topology_state topology_value(struct topology *topology, const char *query, size_t length, int64_t now_ns,
	const char **json)
{
	(void)now_ns;
	if (topology->query_count < FAKE_QUERIES)
		snprintf(topology->queries[topology->query_count++], FAKE_QUERY_SIZE, "%.*s", (int)length, query);
	for (size_t i = 0; i < topology->value_count; i++) {
		const struct fake_value *value = &topology->values[i];

		if (strlen(value->query) != length || memcmp(value->query, query, length) != 0)
			continue;
		*json = value->json;
		return value->state;
	}
	return TOPOLOGY_NONE;
}

enum topology_state topology_cluster(struct topology *topology, int64_t now_ns, struct prefix_list *nodes,
	uint64_t *generation)
{
	(void)now_ns;
	topology->questions++;
	if (topology->cluster == NULL)
		return TOPOLOGY_UNKNOWN;
	*nodes = topology->cluster->nodes;
	*generation = topology->cluster->generation;
	return topology->cluster->state;
}
