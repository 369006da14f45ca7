/* mangle action: what a report costs (CPU) with so many connections remembered, and what they take of memory. Slices of
 * 512 reports, a transaction each; connections in an order that no cache can guess. */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/file_ops.h"
#include "worker/flow_log.h"
#include "worker/pipeline.h"
#include "worker/record.h"
#include "worker/stages/stages.h"
#include "worker/state.h"

enum { SLICE = 512, ID_SIZE = 32 };

struct bench {
	struct pipeline_config config;
	struct stage_context context;
	struct stage stage;
	struct state *state;
	struct spool *spool;                  /* for its account */
	struct arena arena;
	uint64_t connections, commit;
	int memory, dirfd;
	char folder[64];
	char text[SLICE * 2 * ID_SIZE];       /* of one slice: ids of connection and flow */
	struct flow flows[SLICE];
	struct flow_log logs[SLICE];
};

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void must(int error, const struct err *err)
{
	if (error == 0)
		return;
	fprintf(stderr, "%s: %s\n", err_name(error), err->message);
	exit(1);
}

static void ignore_event(void *owner, int severity, const char *code, const char *message)
{
	(void)owner;
	(void)severity;
	(void)message;
	fprintf(stderr, "%s\n", code);
}

static void start(struct bench *bench)
{
	struct spool_options options = { .max_waiting_records = 1u << 30, .files = &file_ops_system, .event = ignore_event,
		.format = { .open = "", .separator = "", .close = "", .prefix = "", .bucket = "", .ending = "", .content_type = "",
		.content_encoding = "", .host_id = "", .key_layout = "" } };
	struct err err;
	bool fresh;

	snprintf(bench->folder, sizeof(bench->folder), "/tmp/sluice-bench-XXXXXX");
	if (mkdtemp(bench->folder) == NULL)
		exit(1);
	options.dirfd = bench->dirfd = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->memory = memfd_create("state", MFD_CLOEXEC);
	must(state_new(&bench->state, bench->memory, &err), &err);
	bench->config = (struct pipeline_config){ .transform = { .type = TRANSFORM_VPCLOGS }, .mangle = { .type = MANGLE_ACTION },
		.action = { "tid-one", "tid-two", 5 }, .store = { .max_flows_per_object = 10000, .max_flow_array_size = 10000 } };
	bench->context = (struct stage_context){ .config = &bench->config, .state = bench->state, .event = ignore_event };
	bench->stage = (struct stage){ .type = &stage_mangle_action, .context = &bench->context,
		.private = calloc(1, stage_mangle_action.size) };
	must(stage_mangle_action.claim(&bench->stage, &err), &err);
	options.state = bench->state;
	must(spool_open(&bench->spool, &options, &fresh, &err), &err);
	bench->context.spool = bench->spool;
	must(stage_mangle_action.init(&bench->stage, &err), &err);
	arena_init(&bench->arena, 64 << 20);
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	(void)stat;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void stop(struct bench *bench)
{
	stage_mangle_action.fini(&bench->stage);
	free(bench->stage.private);
	spool_free(&bench->spool);
	state_free(&bench->state);
	arena_fini(&bench->arena);
	nftw(bench->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* A report of that connection, from side 0 or 1, the `round`th. */
static void make_report(struct bench *bench, unsigned at, uint64_t number, unsigned side, unsigned round)
{
	struct flow *flow = &bench->flows[at];
	struct flow_log *log = &bench->logs[at];
	char *text = bench->text + at * 2 * ID_SIZE;

	flow->l3_tracking_id.offset = (uint32_t)(text - bench->text);
	flow->l3_tracking_id.length = (uint32_t)snprintf(text, ID_SIZE, "%" PRIx64, number * 0x9e3779b97f4a7c15u) & 0x1f;
	flow->uuid.offset = flow->l3_tracking_id.offset + ID_SIZE;
	flow->uuid.length = (uint32_t)snprintf(text + ID_SIZE, ID_SIZE, "%u%" PRIx64, side, number) & 0x1f;
	*log = (struct flow_log){ .address = { "10.1.2.3", "172.16.5.6" }, .port = { (int64_t)(number & 0xffff), 443 },
		.end_ms = 1000 * (round + 1), .update = { { 1, 1 }, { 60, 60 } } };
	snprintf(log->node_tid, sizeof(log->node_tid), side == 0 ? "tid-one" : "tid-two");
	log->total = (struct flow_log_counters){ { round + 1, round + 1 }, { 60 * (round + 1), 60 * (round + 1) } };
}

static int64_t push(struct bench *bench, unsigned count, int64_t now_ns)
{
	struct batch batch;
	struct err err;
	int64_t start_ns;

	batch_init_empty(&batch, &bench->arena, now_ns, now_ns / NS_PER_MS);
	batch.text = bench->text;
	batch.records = arena_calloc(&bench->arena, count, sizeof(*batch.records));
	for (unsigned i = 0; i < count; i++)
		batch.records[i] = (struct record){ .flow = &bench->flows[i], .detail = &bench->logs[i], .flows = 1 };
	batch.record_count = count;
	start_ns = cpu_ns();
	state_begin(bench->state, ++bench->commit);
	must(stage_mangle_action.push(&bench->stage, &batch, &err), &err);
	start_ns = cpu_ns() - start_ns;
	arena_reset(&bench->arena);
	return start_ns;
}

/* Reports of all connections from one side; ns a report. */
static double run(struct bench *bench, unsigned side, unsigned round, int64_t now_ns)
{
	int64_t spent = 0;

	for (uint64_t first = 0; first < bench->connections; first += SLICE) {
		unsigned count = 0;

		for (; count < SLICE && first + count < bench->connections; count++)
			make_report(bench, count, (first + count) * 0x9e3779b1u % bench->connections, side, round);
		spent += push(bench, count, now_ns);
	}
	return (double)spent / (double)bench->connections;
}

/* Timer steps until nothing is due; ns a connection. */
static double expire(struct bench *bench, int64_t now_ns)
{
	int64_t start_ns = cpu_ns();
	struct err err;

	while (stage_mangle_action.next_due(&bench->stage) <= now_ns) {
		state_begin(bench->state, ++bench->commit);
		must(stage_mangle_action.timer(&bench->stage, now_ns, now_ns / NS_PER_MS, &err), &err);
	}
	return (double)(cpu_ns() - start_ns) / (double)bench->connections;
}

static void measure(uint64_t connections)
{
	static struct bench bench;
	int64_t now_ns = NS_PER_S;
	struct stat status;

	bench = (struct bench){ .connections = connections };
	start(&bench);
	printf("%" PRIu64 " connections, ns a report (aim: 300):\n", connections);
	printf("  the first of a connection, memory grows  %6.0f\n", run(&bench, 0, 0, now_ns));
	printf("  the other side's, accepted               %6.0f\n", run(&bench, 1, 0, now_ns));
	now_ns += NS_PER_S;
	printf("  the next, held                           %6.0f\n", run(&bench, 0, 1, now_ns));
	printf("  the other side's, accepted               %6.0f\n", run(&bench, 1, 1, now_ns));
	now_ns += NS_PER_S;
	printf("  the next, held                           %6.0f\n", run(&bench, 1, 2, now_ns));
	fstat(bench.memory, &status);
	now_ns += 5 * NS_PER_S;
	printf("  rejected by the timer                    %6.0f\n", expire(&bench, now_ns));
	printf("  the first of a connection, memory is there %4.0f\n", run(&bench, 0, 3, now_ns));
	printf("memory: %.0f MB, %.0f bytes a connection\n", (double)status.st_blocks * 512 / 1e6,
		(double)status.st_blocks * 512 / (double)connections);
	stop(&bench);
	close(bench.memory);
	close(bench.dirfd);
}

int main(void)
{
	measure(100000);
	measure(1000000);
	return 0;
}
