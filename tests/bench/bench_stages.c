/* What a flow costs in a worker: each stage, on a recording, from the ring to the committed segment. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "subscriber/decode.h"
#include "worker/batch.h"
#include "worker/file_ops.h"
#include "worker/pipeline.h"
#include "worker/state.h"
#include "worker/worker.h"

enum { RING_SIZE = 64 << 20, MESSAGE_MAX = 1 << 20, ROUNDS = 40 };

/* A stage whose push is timed; the time of those behind it is inside. */
struct timed {
	struct stage_type type;
	struct stage stage;
	int (*push)(struct stage *stage, struct batch *batch, struct err *err);
	int64_t ns;
};

struct bench {
	struct pipeline_config config;
	struct stage_context context;
	struct timed stages[PHASE_COUNT];
	unsigned count;
	struct worker worker;
	struct state *state;
	struct spool *spool;
	struct arena arena;
	char folder[64];
	int dirfd;
	int64_t read_ns, push_ns, commit_ns;
	uint64_t flows;
};

static struct prefix masks[] = {
	{ { [10] = 0xff, 0xff, 10, 42, 1, 8 }, 96 + 29 },
	{ { 0xfd, 0x42, 0, 1, [15] = 0x10 }, 124 },
	{ { [10] = 0xff, 0xff, 172, 16 }, 96 + 12 },
};

static void must(int error, const struct err *err)
{
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", err_name(error), err->message);
		exit(1);
	}
}

static int timed_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct timed *timed = (struct timed *)(size_t)stage->type;
	int64_t start = clock_boottime_ns();
	int error = timed->push(stage, batch, err);

	timed->ns += clock_boottime_ns() - start;
	return error;
}

static void ignore_event(void *owner, int severity, const char *code, const char *message)
{
	(void)owner;
	(void)severity;
	(void)code;
	(void)message;
}

static void ignore_spool_event(void *owner, int severity, const char *code, const char *message)
{
	(void)owner;
	fprintf(stderr, "%d %s %s\n", severity, code, message);
}

/* As pipeline_new, with timed stages. */
static void chain(struct bench *bench)
{
	for (const struct stage_type *const *type = stage_registry; *type != NULL; type++) {
		struct timed *timed = &bench->stages[bench->count];
		struct err err;

		if (!(*type)->wanted(&bench->config))
			continue;
		timed->type = **type;
		timed->type.push = timed_push;
		timed->push = (*type)->push;
		timed->stage = (struct stage){ .type = &timed->type, .context = &bench->context,
			.private = calloc(1, (*type)->size + 1) };
		if (bench->count > 0)
			bench->stages[bench->count - 1].stage.next = &timed->stage;
		bench->count++;
		if (timed->type.claim != NULL)
			must(timed->type.claim(&timed->stage, &err), &err);
	}
}

static void open_spool(struct bench *bench)
{
	struct pipeline *pipeline;
	struct spool_options options = { .state = bench->state, .max_waiting_records = 1u << 30, .files = &file_ops_system,
		.event = ignore_spool_event };
	bool fresh;
	struct err err;

	snprintf(bench->folder, sizeof(bench->folder), "/tmp/sluice-bench-XXXXXX");
	if (mkdtemp(bench->folder) == NULL)
		exit(1);
	bench->dirfd = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	options.dirfd = bench->dirfd;
	must(pipeline_new(&pipeline, &bench->context, &err), &err);
	pipeline_format(pipeline, &options.format);
	must(spool_open(&bench->spool, &options, &fresh, &err), &err);
	must(spool_commit(bench->spool, &err), &err);
	pipeline_free(&pipeline);
	bench->context.spool = bench->spool;
	bench->worker.spool = bench->spool;
}

static void start(struct bench *bench)
{
	struct err err;

	bench->context = (struct stage_context){ .config = &bench->config, .fetch = slice_fetch, .event = ignore_event,
		.owner = &bench->worker };
	must(state_new(&bench->state, memfd_create("state", MFD_CLOEXEC), &err), &err);
	bench->context.state = bench->state;
	chain(bench);
	open_spool(bench);
	for (unsigned i = 0; i < bench->count; i++)
		if (bench->stages[i].type.init != NULL)
			must(bench->stages[i].type.init(&bench->stages[i].stage, &err), &err);
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
	for (unsigned i = 0; i < bench->count; i++) {
		if (bench->stages[i].type.fini != NULL)
			bench->stages[i].type.fini(&bench->stages[i].stage);
		free(bench->stages[i].stage.private);
	}
	spool_free(&bench->spool);
	state_free(&bench->state);
	arena_fini(&bench->arena);
	close(bench->dirfd);
	nftw(bench->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the ring ---- */

static void publish(struct ring_writer *writer, struct decoder *decoder, const char *text, size_t length)
{
	struct decoded decoded;
	struct ring_flows flows;
	struct err err;

	must(decoder_message(decoder, text, length, &decoded, &err), &err);
	if (decoded.kind != DECODED_FLOWS)
		return;
	flows = (struct ring_flows){ .columns = decoded.columns, .flows = decoded.flows, .count = decoded.count, .text = text,
		.text_length = length, .wall_ms = clock_wall_ms(), .boottime_ns = clock_boottime_ns() };
	must(ring_publish_flows(writer, &flows, &err), &err);
}

/* A ring that holds the recording once. */
static struct ring_reader *ring_of(const char *path)
{
	static char text[MESSAGE_MAX + DECODE_PADDING];
	FILE *file = fopen(path, "re");
	struct ring_reader *reader;
	struct ring_writer *writer;
	struct decoder *decoder;
	uint64_t epoch;
	bool restarted;
	struct err err;
	int fd, read_fd;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	must(ring_create(RING_SIZE, &fd, &epoch, &err), &err);
	must(ring_reopen_read(fd, &read_fd, &err), &err);
	must(ring_writer_open(&writer, fd, -1, &restarted, &err), &err);
	must(decoder_new(&decoder, DECODE_FLOWS_MAX, &err), &err);
	while (fgets(text, MESSAGE_MAX, file) != NULL)
		publish(writer, decoder, text, strlen(text));
	decoder_free(&decoder);
	ring_writer_close(&writer);
	fclose(file);
	must(ring_reader_open(&reader, read_fd, &err), &err);
	return reader;
}

/* ---- measuring ---- */

static void push_batch(struct bench *bench, const struct ring_batch *source)
{
	struct flow_column *columns;
	struct batch batch;
	struct err err;
	int64_t begin = clock_boottime_ns(), read, pushed;

	spool_begin(bench->spool);
	must(batch_init(&batch, &bench->arena, source, 0, source->count, &columns, &err), &err);
	must(ring_copy_columns(bench->worker.ring, source, 0, source->count, columns, &err), &err);
	read = clock_boottime_ns();
	must(bench->stages[0].type.push(&bench->stages[0].stage, &batch, &err), &err);
	if (!ring_still_there(bench->worker.ring, source))
		exit(1);
	pushed = clock_boottime_ns();
	arena_reset(&bench->arena);
	must(spool_commit(bench->spool, &err), &err);
	bench->read_ns += read - begin;
	bench->push_ns += pushed - read;
	bench->commit_ns += clock_boottime_ns() - pushed;
	bench->flows += source->count;
}

static void run(struct bench *bench)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct ring_position position = { .epoch = ring_epoch(bench->worker.ring) };
		struct ring_batch source;
		struct err err;

		while (ring_peek(bench->worker.ring, &position, &source, &err) == 0) {
			/* a flow's reports in one round come 5 s after those of the round before */
			source.boottime_ns += round * 5 * NS_PER_S;
			push_batch(bench, &source);
			position.offset = source.next_offset;
			position.sequence = source.first_sequence + source.count;
		}
	}
}

static void print(const struct bench *bench, const char *what)
{
	double flows = (double)bench->flows;

	printf("%s: %.0f ns a flow, from the ring to the committed segment (%llu flows)\n ", what,
		(double)(bench->read_ns + bench->push_ns + bench->commit_ns) / flows, (unsigned long long)bench->flows);
	printf(" columns %.0f", (double)bench->read_ns / flows);
	for (unsigned i = 0; i < bench->count; i++) {
		int64_t behind = i + 1 < bench->count ? bench->stages[i + 1].ns : 0;

		printf("  %s %.0f", bench->stages[i].type.name, (double)(bench->stages[i].ns - behind) / flows);
	}
	printf("  commit %.0f\n", (double)bench->commit_ns / flows);
}

static void measure(struct ring_reader *ring, const char *what, int transform, int encode, bool pretty, uint32_t excluded,
	int mangle)
{
	static struct bench bench;

	bench = (struct bench){ .config = {
		.host_id = "", .username = "", .password = "", .subscriber = { .url = "", .capture_id = "" },
		.compat = COMPAT_NONE, .classify = { .cluster_net_masks = { masks, sizeof(masks) / sizeof(*masks) } },
		.excluded_tags = excluded, .transform = { .type = transform, .aws = { .version = 2, .header = "" } },
		.mangle = { .type = mangle, .interval = 60,
			.emit = 1u << LOG_STATUS_OK | 1u << LOG_STATUS_NODATA | 1u << LOG_STATUS_SKIPDATA },
		.encode = { .type = encode, .pretty = pretty },
		.store = { .dirname = "bucket", .filename_prefix = "logs", .key_layout = "", .max_flows_per_object = UINT32_MAX,
			.max_seconds_per_object = 1u << 30, .max_seconds_per_stream = 86400 },
	}, .worker = { .ring = ring } };
	start(&bench);
	run(&bench);
	print(&bench, what);
	stop(&bench);
}

int main(void)
{
	struct ring_reader *ring = ring_of(TEST_DATA "/recordings/burst.jsonl");
	uint32_t all = (1u << TAG_COUNT) - 1;

	measure(ring, "secadvisor", TRANSFORM_SECADVISOR, ENCODE_UNSET, false, 0, MANGLE_NONE);
	measure(ring, "secadvisor, logstatus (aim: 300 ns)", TRANSFORM_SECADVISOR, ENCODE_UNSET, false, 0, MANGLE_LOGSTATUS);
	measure(ring, "secadvisor, pretty", TRANSFORM_SECADVISOR, ENCODE_UNSET, true, 0, MANGLE_NONE);
	measure(ring, "vpclogs", TRANSFORM_VPCLOGS, ENCODE_UNSET, false, 0, MANGLE_NONE);
	measure(ring, "awsflowlogs", TRANSFORM_AWSFLOWLOGS, ENCODE_UNSET, false, 0, MANGLE_NONE);
	measure(ring, "awsflowlogs, text", TRANSFORM_AWSFLOWLOGS, ENCODE_TEXT, false, 0, MANGLE_NONE);
	measure(ring, "none", TRANSFORM_NONE, ENCODE_UNSET, false, 0, MANGLE_NONE);
	measure(ring, "none, every flow excluded by its tag", TRANSFORM_NONE, ENCODE_UNSET, false, all, MANGLE_NONE);
	ring_reader_close(&ring);
	return 0;
}
