/* What stages ask: answers from the cache; what is not in it is queued. And how long a batch is held for it. */
#include "worker/topology/topology_internal.h"

#include "worker/batch.h"

/* ---- entries ---- */

static void set_tidy(struct topology *topology, int64_t delay_ns)
{
	loop_timer_set(topology->options.loop, &topology->tidy, loop_now(topology->options.loop) + delay_ns, NULL);
}

/* Stages hold texts of the cache until they return, so it is tidied behind them. */
static void arm_tidy(struct topology *topology)
{
	if (cache_is_full(&topology->cache) && !topology->overfull) {
		topology->overfull = true;
		set_tidy(topology, 0);
	} else if (topology->tidy.position == 0) {
		set_tidy(topology, TOPOLOGY_TIDY_MS * NS_PER_MS);
	}
}

void topology_tidy(struct loop_timer *timer)
{
	struct topology *topology = timer->owner;

	topology->overfull = false;
	cache_tidy(&topology->cache, loop_now(topology->options.loop));
	if (topology->cache.count > 0)
		set_tidy(topology, TOPOLOGY_TIDY_MS * NS_PER_MS);
}

static struct entry *add(struct topology *topology, const struct cache_key *key)
{
	struct entry *entry = topology->reach != REACH_NO ? cache_add(&topology->cache, key) : NULL;

	arm_tidy(topology);
	return entry;
}

/* Whether it is being asked now: asks what may be asked. */
static bool asks(struct topology *topology, struct entry *entry, int64_t now_ns)
{
	if (entry->asked)
		return true;
	if (now_ns < entry->retry_ns && entry->round == topology->round)
		return false;
	return ask_begin(topology, entry);
}

static enum topology_state await(struct topology *topology, struct entry *entry)
{
	topology->awaited += !entry->awaited;
	entry->awaited = true;
	return TOPOLOGY_ASKED;
}

static enum topology_state state_of(struct topology *topology, struct entry *entry, int64_t now_ns)
{
	if (!entry->known || now_ns >= entry->expires_ns)
		return asks(topology, entry, now_ns) ? await(topology, entry) : TOPOLOGY_UNKNOWN;
	if (now_ns >= entry->refresh_ns)
		asks(topology, entry, now_ns);
	return entry->finding.found ? TOPOLOGY_FOUND : TOPOLOGY_NONE;
}

/* *found: NULL when nothing can be known of it now. */
static enum topology_state look_up(struct topology *topology, const struct cache_key *key, int64_t now_ns,
	struct entry **found)
{
	struct entry *entry = cache_find(&topology->cache, key);

	if (entry == NULL)
		entry = add(topology, key);
	*found = entry;
	return entry != NULL ? state_of(topology, entry, now_ns) : TOPOLOGY_UNKNOWN;
}

/* ---- questions ---- */

static const char *text_or_none(const char *text)
{
	return text != NULL ? text : "";
}

/* Of one that is not in the cache under what it was asked by. */
static enum topology_state new_context(struct topology *topology, struct cache_key *key, int64_t now_ns,
	struct entry **entry)
{
	if (!query_is_address(key->subject, key->subject_length))
		return TOPOLOGY_NONE;
	/* a host's address is one everywhere */
	if (!query_is_name(key->other, key->other_length))
		key->other_length = 0;
	return look_up(topology, key, now_ns, entry);
}

/* What is in the cache was checked when it came there. */
enum topology_state topology_context(struct topology *topology, const char *address, size_t length,
	const char *node_tid, size_t tid_length, int64_t now_ns, struct topology_context *context)
{
	struct cache_key key = { ENTRY_CONTEXT, address, node_tid, length, tid_length };
	enum topology_state state;
	struct entry *entry = NULL;

	if (length > QUERY_ADDRESS_MAX)
		return TOPOLOGY_NONE;
	if (tid_length <= QUERY_NAME_MAX)
		entry = cache_find(&topology->cache, &key);
	state = entry != NULL ? state_of(topology, entry, now_ns) : new_context(topology, &key, now_ns, &entry);
	if (state == TOPOLOGY_FOUND)
		*context = (struct topology_context){ .type = entry->finding.type, .name = text_or_none(entry->finding.name),
			.set = text_or_none(entry->finding.set), .pod_name = text_or_none(entry->finding.pod_name) };
	return state;
}

static enum topology_state find_node(struct topology *topology, const char *tid, size_t length, int64_t now_ns,
	struct entry **entry)
{
	const struct cache_key key = { ENTRY_NODE, tid, "", length, 0 };

	if (length > QUERY_NAME_MAX)
		return TOPOLOGY_NONE;
	*entry = cache_find(&topology->cache, &key);
	if (*entry != NULL)
		return state_of(topology, *entry, now_ns);
	return query_is_name(tid, length) ? look_up(topology, &key, now_ns, entry) : TOPOLOGY_NONE;
}

enum topology_state topology_node_type(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	const char **type)
{
	struct entry *entry = NULL;
	enum topology_state state = find_node(topology, node_tid, length, now_ns, &entry);

	if (state == TOPOLOGY_FOUND)
		*type = entry->finding.name;
	return state;
}

enum topology_state topology_interface(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	struct topology_addresses *addresses)
{
	struct entry *entry = NULL;
	enum topology_state state = find_node(topology, node_tid, length, now_ns, &entry);

	if (state == TOPOLOGY_FOUND)
		*addresses = (struct topology_addresses){ (const uint8_t (*)[16])entry->finding.addresses,
			entry->finding.address_count };
	return state;
}

enum topology_state topology_value(struct topology *topology, const char *query, size_t length, int64_t now_ns,
	const char **json)
{
	const struct cache_key key = { ENTRY_VALUE, query, "", length, 0 };
	enum topology_state state;
	struct entry *entry = NULL;

	if (!query_is_text(query, length))
		return TOPOLOGY_NONE;
	state = look_up(topology, &key, now_ns, &entry);
	if (state == TOPOLOGY_FOUND)
		*json = entry->finding.name;
	return state;
}

enum topology_state topology_cluster(struct topology *topology, int64_t now_ns, struct prefix_list *nodes,
	uint64_t *generation)
{
	static const struct cache_key key = { ENTRY_CLUSTER, "", "", 0, 0 };
	struct entry *entry = NULL;
	enum topology_state state = look_up(topology, &key, now_ns, &entry);

	*generation = topology->cluster_generation;
	if (entry == NULL || !entry->known)
		return state;
	*nodes = (struct prefix_list){ entry->finding.prefixes, entry->finding.prefix_count };
	return entry->finding.found ? TOPOLOGY_FOUND : TOPOLOGY_NONE;
}

enum topology_state topology_interfaces(struct topology *topology, int64_t now_ns, struct topology_interfaces *interfaces)
{
	static const struct cache_key key = { ENTRY_INTERFACES, "", "", 0, 0 };
	struct entry *entry = NULL;
	enum topology_state state = look_up(topology, &key, now_ns, &entry);

	*interfaces = (struct topology_interfaces){ 0 };
	if (state == TOPOLOGY_FOUND)
		*interfaces = (struct topology_interfaces){ entry->finding.interfaces, entry->finding.interface_count,
			topology->interfaces_generation };
	return state;
}

/* ---- holding ---- */

void topology_release(struct topology *topology)
{
	if (!topology->hold.waits)
		return;
	topology->hold.waits = false;
	loop_timer_cancel(topology->options.loop, &topology->hold.limit);
	topology->options.retry(topology->options.owner);
}

void topology_hold_over(struct loop_timer *timer)
{
	topology_release(timer->owner);
}

void topology_settled(struct topology *topology, struct entry *entry)
{
	entry->asked = false;
	entry->retry_ns = loop_now(topology->options.loop) + TOPOLOGY_RETRY_MS * NS_PER_MS;
	entry->round = topology->round;
	if (!entry->awaited)
		return;
	entry->awaited = false;
	if (--topology->awaited == 0)
		topology_release(topology);
}

/* The batch goes on without: what it asked is nobody's any more until it is asked for again. */
static void await_nothing(struct topology *topology)
{
	for (struct entry *entry = topology->first; entry != NULL; entry = entry->behind)
		entry->awaited = false;
	for (unsigned i = 0; i < TOPOLOGY_REQUESTS; i++) {
		if (topology->askings[i].entry != NULL)
			topology->askings[i].entry->awaited = false;
	}
	topology->awaited = 0;
}

static bool is_held(const struct topology *topology, const struct batch *batch)
{
	return topology->hold.offset == batch->source.offset && topology->hold.first == batch->first &&
		topology->hold.arrival_ns == batch->now_ns && topology->hold.since_ns != 0;
}

/* It went on without its answers before: it is done again for the sake of one behind it. */
static bool has_passed(const struct topology *topology, const struct batch *batch)
{
	return topology->hold.passed && (batch->source.offset < topology->hold.passed_offset ||
		(batch->source.offset == topology->hold.passed_offset && batch->first <= topology->hold.passed_first));
}

static void pass(struct topology *topology, const struct batch *batch)
{
	topology->hold.waits = false;
	topology->hold.passed = true;
	topology->hold.passed_offset = batch->source.offset;
	topology->hold.passed_first = batch->first;
	loop_timer_cancel(topology->options.loop, &topology->hold.limit);
	await_nothing(topology);
}

static bool may_hold(struct topology *topology)
{
	int64_t held_ns = loop_now(topology->options.loop) - topology->hold.since_ns;

	if (topology->reach == REACH_NO || topology->awaited == 0)
		return false;
	if (held_ns < TOPOLOGY_HOLD_MS * NS_PER_MS)
		return topology->options.lag_permille(topology->options.owner) < TOPOLOGY_LAG_PERMILLE;
	if (topology->answered_ns < topology->hold.since_ns)
		ask_gives_up(topology);
	return false;
}

bool topology_holds(struct topology *topology, const struct batch *batch)
{
	if (has_passed(topology, batch))
		return false;
	if (!is_held(topology, batch)) {
		topology->hold.offset = batch->source.offset;
		topology->hold.first = batch->first;
		topology->hold.arrival_ns = batch->now_ns;
		topology->hold.since_ns = loop_now(topology->options.loop);
	}
	if (!may_hold(topology)) {
		pass(topology, batch);
		return false;
	}
	topology->hold.waits = true;
	loop_timer_set(topology->options.loop, &topology->hold.limit, topology->hold.since_ns +
		TOPOLOGY_HOLD_MS * NS_PER_MS, NULL);
	return true;
}
