/* What the names of the topology cost a flow, once they are known: asking for two contexts and a node's type, and writing
 * them into the record. Aim: 300 ns together. Beside it: hashing the same texts. And what an entry of extend costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "subscriber/decode.h"
#include "worker/batch.h"
#include "worker/extend.h"
#include "worker/secadvisor_record.h"
#include "worker/state.h"
#include "worker/topology/topology_internal.h"

enum { MESSAGE_MAX = 1 << 20, ROUNDS = 5000, RECORD_MAX = 1 << 20 };

static void must(int error, const struct err *err)
{
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", err_name(error), err->message);
		exit(1);
	}
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void nothing(void *owner)
{
	(void)owner;
}

static void nothing_new(void *owner, const struct topology_health *health)
{
	(void)owner;
	(void)health;
}

static unsigned no_lag(void *owner)
{
	(void)owner;
	return 0;
}

static struct topology *topology_of(const struct pipeline_config *config)
{
	struct topology_options options = { .config = config, .retry = nothing, .lag_permille = no_lag, .health = nothing_new };
	struct topology *topology;
	struct err err;

	must(loop_new(&options.loop, &err), &err);
	must(topology_new(&topology, &options, &err), &err);
	return topology;
}

/* As if every question had been answered: contexts are pods. */
static void answer_all(struct topology *topology)
{
	struct cache *cache = &topology->cache;

	for (size_t i = 0; i < cache->bucket_count; i++) {
		for (struct entry *entry = cache->buckets[i]; entry != NULL; entry = entry->next) {
			struct finding finding = { .found = true, .type = "pod", .name = strdup("shop/web-7f9c6b5d4-x2x7q"),
				.set = strdup("ReplicaSet:shop/web-7f9c6b5d4"), .pod_name = strdup("0_0_shop-web-7f9c6b5d4-x2x7q_0") };

			if (entry->kind == ENTRY_NODE)
				finding = (struct finding){ .found = true, .name = strdup("veth") };
			if (entry->kind == ENTRY_VALUE)
				finding = (struct finding){ .found = true, .name = strdup("\"host-a\"") };
			cache_put(cache, entry, &finding);
			entry->known = true;
			entry->refresh_ns = entry->expires_ns = INT64_MAX;
		}
	}
}

static void ask(struct topology *topology, const struct batch *batch, const struct flow *flow,
	struct secadvisor_detail *detail)
{
	const char *tid = batch_text(batch, flow->node_tid);

	topology_context(topology, batch_text(batch, flow->network_a), flow->network_a.length, tid, flow->node_tid.length, 1,
		&detail->a);
	topology_context(topology, batch_text(batch, flow->network_b), flow->network_b.length, tid, flow->node_tid.length, 1,
		&detail->b);
	topology_node_type(topology, tid, flow->node_tid.length, 1, &detail->node_type);
}

static double per_flow(int64_t begin, uint32_t count)
{
	return (double)(cpu_ns() - begin) / ((double)ROUNDS * count);
}

static double measure_asking(struct topology *topology, const struct batch *batch, struct secadvisor_detail *details)
{
	int64_t begin = cpu_ns();

	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < batch->kept_count; i++)
			ask(topology, batch, &batch->flows[i], &details[i]);
	}
	return per_flow(begin, batch->kept_count);
}

/* One entry: making the query and looking its value up. */
static double measure_extending(struct topology *topology, const struct batch *batch, const struct pipeline_config *config,
	struct secadvisor_detail *details)
{
	struct extend *extend;
	int64_t begin;
	double ns;
	struct err err;

	must(extend_new(&extend, config, &err), &err);
	begin = cpu_ns();
	for (int round = 0; round < ROUNDS; round++) {
		arena_reset(batch->arena);
		for (uint32_t i = 0; i < batch->kept_count; i++)
			extend_ask(extend, topology, batch, &batch->flows[i], &details[i], 0);
	}
	ns = per_flow(begin, batch->kept_count);
	extend_free(&extend);
	return ns;
}

static double measure_hashing(const struct batch *batch)
{
	int64_t begin = cpu_ns();
	uint64_t key[2], sum = 0;
	double ns;

	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < 3 * batch->kept_count; i++) {
			slot_key(batch_text(batch, batch->flows[i / 3].node_tid), 50, key);
			sum += key[0];
		}
	}
	ns = per_flow(begin, batch->kept_count);
	return sum != 0 ? ns : 0;
}

static double measure_writing(const struct batch *batch, const struct secadvisor_detail *details)
{
	struct buffer out;
	int64_t begin;
	double ns;

	buffer_init(&out, RECORD_MAX);
	begin = cpu_ns();
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < batch->kept_count; i++) {
			struct record record = { .flow = &batch->flows[i], .detail = &details[i] };

			out.length = 0;
			if (record_format_secadvisor.write_json(&record, batch, &out) != 0)
				exit(1);
		}
	}
	ns = per_flow(begin, batch->kept_count);
	buffer_fini(&out);
	return ns;
}

/* The recording's first message with many flows. */
static const char *read_message(void)
{
	static char text[MESSAGE_MAX + DECODE_PADDING];
	FILE *file = fopen(TEST_DATA "/recordings/burst.jsonl", "re");

	while (file != NULL && fgets(text, MESSAGE_MAX, file) != NULL && strlen(text) < 100000)
		;
	if (file == NULL || fclose(file) != 0)
		exit(1);
	return text;
}

int main(void)
{
	static const char *const analyzers[] = { "127.0.0.1:1" };
	static const char *const entries[] = { "A_Host=G.V().Has('RoutingTables.Src','{{.Network.A}}').Values('Host')" };
	const struct pipeline_config config = { .username = "", .password = "", .subscriber = { .url = "ws://127.0.0.1:1/" },
		.analyzers = { (const char **)(uintptr_t)analyzers, 1 },
		.transform = { .extend = { (const char **)(uintptr_t)entries, 1 } } };
	static struct secadvisor_detail plain[DECODE_FLOWS_MAX], named[DECODE_FLOWS_MAX], extended[DECODE_FLOWS_MAX];
	struct topology *topology = topology_of(&config);
	struct decoder *decoder;
	struct decoded decoded;
	struct arena arena;
	struct batch batch;
	double extending, asking, hashing, writing, writing_named;
	struct err err;

	arena_init(&arena, 1 << 20);
	batch = (struct batch){ .text = read_message(), .arena = &arena, .now_ns = 1 };
	must(decoder_new(&decoder, DECODE_FLOWS_MAX, &err), &err);
	must(decoder_message(decoder, batch.text, strlen(batch.text), &decoded, &err), &err);
	batch.flows = (struct flow *)(uintptr_t)decoded.flows;
	batch.kept_count = decoded.count;
	measure_asking(topology, &batch, named);
	measure_extending(topology, &batch, &config, extended);
	answer_all(topology);
	asking = measure_asking(topology, &batch, named);
	extending = measure_extending(topology, &batch, &config, extended);
	hashing = measure_hashing(&batch);
	writing = measure_writing(&batch, plain);
	writing_named = measure_writing(&batch, named);
	printf("%u flows, %zu entries\n", batch.kept_count, topology->cache.count);
	printf("asking %.0f ns a flow (hashing alone %.0f)\n", asking, hashing);
	printf("writing %.0f ns a record with names, %.0f without\n", writing_named, writing);
	printf("together %.0f ns a flow more than without names; aim: 300\n", asking + writing_named - writing);
	printf("an entry of extend: %.0f ns a flow\n", extending);
	decoder_free(&decoder);
	arena_fini(&arena);
	topology_free(&topology);
	return 0;
}
