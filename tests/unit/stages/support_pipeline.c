#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

#include "support_pipeline.h"

enum { ARENA_CAP = 64 << 20, MESSAGE_MAX = 1 << 20 };

static struct prefix masks[] = {
	{ { [10] = 0xff, 0xff, 10 }, 96 + 8 },
	{ { [10] = 0xff, 0xff, 172, 16 }, 96 + 12 },
	{ { [10] = 0xff, 0xff, 192, 168 }, 96 + 16 },
	{ { 0xfd }, 8 },
};

/* of the host on which the recordings were made */
static struct prefix recorded_masks[] = {
	{ { [10] = 0xff, 0xff, 10, 42, 1, 8 }, 96 + 29 },
	{ { 0xfd, 0x42, 0, 1, [15] = 0x10 }, 124 },
};

static int fetch(void *owner, struct batch *batch, struct err *err)
{
	struct pipeline_rig *rig = owner;

	rig->fetches++;
	if (rig->fetch_error != 0)
		return err_set(err, rig->fetch_error, "fetch fails");
	batch->flows = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->flows));
	assert_non_null(batch->flows);
	for (uint32_t i = 0; i < batch->kept_count; i++)
		batch->flows[i] = rig->decoded.flows[batch->first + batch->kept[i]];
	batch->text = rig->text;
	return 0;
}

static void event(void *owner, int severity, const char *code, const char *message)
{
	struct pipeline_rig *rig = owner;

	(void)severity;
	(void)message;
	rig->events++;
	snprintf(rig->last_event, sizeof(rig->last_event), "%s", code);
}

void rig_init(struct pipeline_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->config = (struct pipeline_config){
		.host_id = "", .username = "", .password = "",
		.subscriber = { .url = "ws://localhost/ws/subscriber/flow", .capture_id = "" },
		.classify = { .cluster_net_masks = { masks, sizeof(masks) / sizeof(*masks) } },
		.compress = { .gzip_level = GZIP_AUTO },
		.store = { .dirname = "bucket", .filename_prefix = "logs", .key_template = "", .key_layout = "", .max_flows_per_object = 1000000,
			.max_seconds_per_object = 100000, .max_seconds_per_stream = 86400, .max_flow_array_size = 1000000 },
	};
	rig->now_ns = PIPELINE_START_NS;
}

void rig_use_recorded_masks(struct pipeline_rig *rig)
{
	rig->config.classify.cluster_net_masks.items = recorded_masks;
	rig->config.classify.cluster_net_masks.count = sizeof(recorded_masks) / sizeof(*recorded_masks);
}

void rig_start(struct pipeline_rig *rig)
{
	struct spool_format format;
	enum state_origin origin;
	struct err err;

	snprintf(rig->folder, sizeof(rig->folder), "/tmp/sluice-stages-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	rig->spool_folder = open(rig->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(rig->spool_folder >= 0);
	assert_int_equal(state_new(&rig->state, memfd_create("state", MFD_CLOEXEC), &err), 0);
	rig->context = (struct stage_context){ .config = &rig->config, .state = rig->state, .spool = &rig->spool,
		.fetch = fetch, .event = event, .owner = rig };
	assert_int_equal(pipeline_new(&rig->pipeline, &rig->context, &err), 0);
	assert_int_equal(pipeline_claim(rig->pipeline, &err), 0);
	assert_int_equal(state_open(rig->state, 0, 0, rig->spool_folder, &origin, &err), 0);
	pipeline_format(rig->pipeline, &format);
	fake_spool_init(&rig->spool, &format, rig->state);
	assert_int_equal(pipeline_init(rig->pipeline, &err), 0);
	assert_int_equal(decoder_new(&rig->decoder, DECODE_FLOWS_MAX, &err), 0);
	arena_init(&rig->arena, ARENA_CAP);
}

void rig_fini(struct pipeline_rig *rig)
{
	pipeline_free(&rig->pipeline);
	state_free(&rig->state);
	decoder_free(&rig->decoder);
	arena_fini(&rig->arena);
	fake_spool_fini(&rig->spool);
	close(rig->spool_folder);
	rmdir(rig->folder);
}

void rig_decode(struct pipeline_rig *rig, const char *text)
{
	static char message[MESSAGE_MAX + DECODE_PADDING];
	size_t length = strlen(text);
	struct err err;

	assert_true(length < MESSAGE_MAX);
	memset(message, 0, length + DECODE_PADDING);
	memcpy(message, text, length);
	rig->text = message;
	if (decoder_message(rig->decoder, message, length, &rig->decoded, &err) != 0)
		rig->decoded.count = 0;
	if (rig->decoded.kind != DECODED_FLOWS)
		rig->decoded.count = 0;
}

int rig_push_slice(struct pipeline_rig *rig, uint32_t first, uint32_t count)
{
	struct ring_batch source = { .kind = RING_FLOWS, .count = rig->decoded.count, .boottime_ns = rig->now_ns,
		.wall_ms = rig->now_ns / NS_PER_MS };
	struct flow_column *columns;
	struct batch batch;
	struct err err;
	int error;

	assert_int_equal(batch_init(&batch, &rig->arena, &source, first, count, &columns, &err), 0);
	memcpy(columns, rig->decoded.columns + first, count * sizeof(*columns));
	error = pipeline_push(rig->pipeline, &batch, &err);
	arena_reset(&rig->arena);
	return error;
}

int rig_push(struct pipeline_rig *rig)
{
	uint32_t most = pipeline_slice_max(&rig->config);

	for (uint32_t first = 0; first < rig->decoded.count; first += most) {
		uint32_t left = rig->decoded.count - first;
		int error;

		spool_begin(&rig->spool);
		error = rig_push_slice(rig, first, left < most ? left : most);
		if (error != 0) {
			spool_undo(&rig->spool);
			return error;
		}
		spool_commit(&rig->spool, NULL);
	}
	return 0;
}

void rig_feed(struct pipeline_rig *rig, const char *text)
{
	rig_decode(rig, text);
	assert_int_equal(rig_push(rig), 0);
	rig->now_ns += NS_PER_S / 5;
}

void rig_feed_file(struct pipeline_rig *rig, const char *path, const char *without)
{
	char full[256];
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", TEST_DATA, path);
	file = fopen(full, "re");
	assert_non_null(file);
	while ((length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (without == NULL || strstr(line, without) == NULL)
			rig_feed(rig, line);
	}
	free(line);
	fclose(file);
}

void rig_flush(struct pipeline_rig *rig)
{
	struct err err;
	int left;

	do {
		spool_begin(&rig->spool);
		left = pipeline_flush(rig->pipeline, rig->now_ns, rig->now_ns / NS_PER_MS, &err);
		assert_true(left == 0 || left == STAGE_MORE);
		spool_commit(&rig->spool, &err);
	} while (left == STAGE_MORE);
}

void rig_assert_account(const struct pipeline_rig *rig, uint64_t flows)
{
	const struct account *account = &rig->spool.now.account;

	assert_int_equal(account->excluded_capture + account->excluded_tag + account->excluded_started
		+ account->excluded_rule + account->lost_error + account->waiting_state + account->waiting_spool, flows);
}

const char *message_of(unsigned count, unsigned first, const char *layers)
{
	static char message[MESSAGE_MAX];
	size_t at = (size_t)snprintf(message, sizeof(message),
		"{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"x\",\"Status\":200,\"Obj\":[");

	for (unsigned i = 0; i < count; i++)
		at += (size_t)snprintf(message + at, sizeof(message) - at, "%s{\"UUID\":\"%x\"%s}", i > 0 ? "," : "", first + i,
			layers);
	snprintf(message + at, sizeof(message) - at, "]}");
	return message;
}
