/* What an entry asks: one query, or for a context one after the other. A container's address is looked for as runc's, as
 * docker's, then as a host's; what was found is then asked for its pod. */
#include <stdlib.h>
#include <string.h>

#include "worker/topology/topology_internal.h"

/* ---- the steps to a context ---- */

/* Which names the analyzer has: as last seen, as long as that is not long ago. */
static enum container_names known_names(const struct topology *topology)
{
	const struct analyzer *analyzer = &topology->analyzers[topology->current];

	if (topology->sfe)
		return NAMES_OLD;
	if (loop_now(topology->options.loop) - analyzer->names_ns > TOPOLOGY_NAMES_NS)
		return NAMES_UNKNOWN;
	return analyzer->names;
}

static enum search_step first_step(const struct topology *topology, const struct entry *entry)
{
	if (entry_other(entry)[0] == '\0')
		return SEARCH_HOST;
	return known_names(topology) == NAMES_OLD ? SEARCH_RUNC_OLD : SEARCH_RUNC_NEW;
}

/* Behind one that found nothing. */
static enum search_step next_step(const struct topology *topology, enum search_step step)
{
	if (step == SEARCH_RUNC_NEW && known_names(topology) == NAMES_NEW)
		return SEARCH_DOCKER;
	return step + 1 <= SEARCH_HOST ? step + 1 : SEARCH_OVER;
}

int search_begin(const struct topology *topology, struct entry *entry, struct err *err)
{
	entry->tries = 0;
	if (entry->kind != ENTRY_CONTEXT)
		return 0;
	if (entry->search == NULL)
		entry->search = calloc(1, sizeof(*entry->search));
	if (entry->search == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a question to the topology");
	containers_fini(&entry->search->containers);
	entry->step = (uint8_t)first_step(topology, entry);
	return 0;
}

static void search_end(struct entry *entry)
{
	containers_fini(&entry->search->containers);
	free(entry->search);
	entry->search = NULL;
}

/* ---- questions ---- */

static int write_pod(const struct search *search, struct buffer *out)
{
	return query_write(out, search->docker ? QUERY_POD_OF_DOCKER : QUERY_POD_OF_CONTAINERD,
		search->containers.items[search->at].id, NULL);
}

int search_write(const struct entry *entry, struct buffer *out)
{
	static const enum query kinds[] = { [ENTRY_NODE] = QUERY_NODE, [ENTRY_VALUE] = QUERY_TEXT,
		[ENTRY_CLUSTER] = QUERY_CLUSTER, [ENTRY_INTERFACES] = QUERY_INTERFACES };
	static const enum query steps[] = { [SEARCH_RUNC_NEW] = QUERY_RUNC_NEW, [SEARCH_RUNC_OLD] = QUERY_RUNC_OLD,
		[SEARCH_DOCKER] = QUERY_DOCKER, [SEARCH_HOST] = QUERY_HOST };

	if (entry->kind != ENTRY_CONTEXT)
		return query_write(out, kinds[entry->kind], entry_subject(entry), NULL);
	if (entry->step == SEARCH_POD)
		return write_pod(entry->search, out);
	return query_write(out, steps[entry->step], entry_subject(entry), entry_other(entry));
}

/* ---- answers ---- */

/* The next container of those that may be meant whose pod can be asked for. */
static bool next_container(struct search *search, unsigned from)
{
	for (search->at = from; search->at < search->containers.count; search->at++) {
		if (search->containers.items[search->at].id[0] != '\0')
			return true;
	}
	return false;
}

static int no_pod(const struct topology *topology, struct entry *entry, struct finding *finding, struct err *err)
{
	if (next_container(entry->search, entry->search->at + 1))
		return 1;
	return finding_container(finding, &entry->search->containers.items[0], topology->sfe, err);
}

/* Which names were found with an analyzer that could have had the others. */
static void note_names(struct topology *topology, const struct asking *asking, enum container_names names)
{
	struct analyzer *analyzer = &topology->analyzers[asking->analyzer];

	analyzer->names = names;
	analyzer->names_ns = loop_now(topology->options.loop);
}

static int take_containers(struct topology *topology, struct entry *entry, const struct asking *asking,
	struct finding *finding, struct err *err)
{
	struct search *search = entry->search;
	const struct buffer *body = &asking->request.answer_body;
	int error;

	search->docker = entry->step == SEARCH_DOCKER;
	error = finding_containers(&search->containers, body->bytes, body->length, search->docker, err);
	if (error != 0)
		return error;
	if (search->containers.count == 0) {
		entry->step = (uint8_t)next_step(topology, entry->step);
		return 1;
	}
	note_names(topology, asking, search->containers.names);
	entry->step = SEARCH_POD;
	return next_container(search, 0) ? 1 : finding_container(finding, &search->containers.items[0], topology->sfe, err);
}

static int take_context(struct topology *topology, struct entry *entry, const struct asking *asking,
	struct finding *finding, struct err *err)
{
	const struct buffer *body = &asking->request.answer_body;
	int error;

	switch (entry->step) {
	case SEARCH_HOST:
		return finding_host(finding, body->bytes, body->length, topology->sfe, err);
	case SEARCH_POD:
		error = finding_pod(finding, body->bytes, body->length, topology->sfe, err);
		return error == 0 && !finding->found ? no_pod(topology, entry, finding, err) : error;
	default:
		return take_containers(topology, entry, asking, finding, err);
	}
}

static int take(struct topology *topology, struct entry *entry, const struct asking *asking, struct finding *finding,
	struct err *err)
{
	const struct buffer *body = &asking->request.answer_body;

	switch (entry->kind) {
	case ENTRY_NODE:
		return finding_node(finding, body->bytes, body->length, topology->sfe, err);
	case ENTRY_VALUE:
		return finding_value(finding, body->bytes, body->length, topology->sfe, err);
	case ENTRY_CLUSTER:
		return finding_cluster(finding, body->bytes, body->length, err);
	case ENTRY_INTERFACES:
		return finding_interfaces(finding, body->bytes, body->length, err);
	default:
		return take_context(topology, entry, asking, finding, err);
	}
}

static int64_t life_of(const struct entry *entry, const struct finding *finding)
{
	if (entry->kind == ENTRY_CONTEXT)
		return TOPOLOGY_CONTEXT_NS;
	if (entry->kind == ENTRY_CLUSTER)
		return TOPOLOGY_CLUSTER_NS;
	if (entry->kind == ENTRY_INTERFACES)
		return TOPOLOGY_INTERFACES_NS;
	return entry->kind == ENTRY_NODE && !finding->found ? TOPOLOGY_NO_NODE_NS : TOPOLOGY_LIFE_NS;
}

static bool same_nodes(const struct finding *one, const struct finding *other)
{
	return one->prefix_count == other->prefix_count && (one->prefix_count == 0 ||
		memcmp(one->prefixes, other->prefixes, one->prefix_count * sizeof(one->prefixes[0])) == 0);
}

int search_take(struct topology *topology, struct entry *entry, const struct asking *asking, struct err *err)
{
	int64_t now = loop_now(topology->options.loop), life;
	struct finding finding = { 0 };
	int more = take(topology, entry, asking, &finding, err);

	if (more != 0) {
		finding_fini(&finding);
		return more;
	}
	if (entry->kind == ENTRY_CLUSTER && (!entry->known || !same_nodes(&finding, &entry->finding)))
		topology->cluster_generation++;
	topology->interfaces_generation += entry->kind == ENTRY_INTERFACES;
	life = life_of(entry, &finding);
	entry->known = true;
	entry->expires_ns = now + life;
	/* asked again in good time: nobody waits for what is known already */
	entry->refresh_ns = now + (entry->kind == ENTRY_INTERFACES ? life / 3 : life / 5 * 4);
	cache_put(&topology->cache, entry, &finding);
	if (entry->search != NULL)
		search_end(entry);
	return 0;
}
