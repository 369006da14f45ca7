/* encode: writes the records of a batch one behind the other: as JSON, compact or with one tab an indent, or as rows.
 *
 * What stands around them is pipeline_format.c's. A record that is too long costs itself: its flows are counted
 * lost_error. */
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/json_text.h"
#include "worker/pipeline_format.h"
#include "worker/record.h"
#include "worker/stages/stages.h"
#include "worker/vpclogs_header.h"

/* Bounds that no real flow (1 KB) comes near; nothing is allocated for them. */
enum { RECORD_MAX = 16 << 20, SLICE_MAX = 256 << 20, KEPT_SIZE = 1 << 20 };
#define TELL_EVERY_NS (60 * NS_PER_S)

struct encode {
	struct buffer out;                    /* of one batch */
	struct buffer compact;                /* of one record that will be indented */
	bool pretty;
	char separator;                       /* of a row's fields; 0: JSON */
	unsigned depth;                       /* of a record inside its wrapper */
	int64_t told_ns;
	uint64_t untold;                      /* records too long since then */
};

static int encode_wanted(const struct pipeline_config *config)
{
	return config->store.type != STORE_PROM_SKY_CON;
}

static int encode_init(struct stage *stage, struct err *err)
{
	struct encode *encode = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	(void)err;
	buffer_init(&encode->out, SLICE_MAX);
	buffer_init(&encode->compact, RECORD_MAX);
	encode->pretty = config->encode.pretty;
	encode->separator = config->encode.type == ENCODE_CSV ? ',' : config->encode.type == ENCODE_TEXT ? ' ' : '\0';
	encode->depth = pipeline_wraps_in_data(config) || vpclogs_header_wanted(config) ? 2 : 1;
	return 0;
}

static void encode_fini(struct stage *stage)
{
	struct encode *encode = stage_private(stage);

	buffer_fini(&encode->out);
	buffer_fini(&encode->compact);
}

static int write_pretty(struct encode *encode, const struct record *record, const struct batch *batch)
{
	int error;

	encode->compact.length = 0;
	error = record->format->write_json(record, batch, &encode->compact);
	if (error != 0)
		return error;
	return json_indent(&encode->out, encode->compact.bytes, encode->compact.length, encode->depth);
}

static int write_record(struct encode *encode, const struct record *record, const struct batch *batch)
{
	struct buffer *out = &encode->out;
	size_t room = SLICE_MAX - out->length;

	out->cap = out->length + (room < RECORD_MAX ? room : RECORD_MAX);
	if (encode->separator != '\0')
		return record->format->write_row(record, batch, encode->separator, out);
	return encode->pretty ? write_pretty(encode, record, batch) : record->format->write_json(record, batch, out);
}

/* Counts a record that was too long; says so at most once a minute. */
static void lose(struct stage *stage, const struct record *record, int64_t now_ns)
{
	struct encode *encode = stage_private(stage);

	stage_account(stage)->lost_error += record->flows;
	encode->untold++;
	if (encode->told_ns != 0 && now_ns - encode->told_ns < TELL_EVERY_NS)
		return;
	log_warn("record is too long records=%llu limit_bytes=%d", (unsigned long long)encode->untold, RECORD_MAX);
	encode->told_ns = now_ns;
	encode->untold = 0;
}

static unsigned parts_of(const struct record *record)
{
	return record->format->parts != NULL ? record->format->parts(record) : 1;
}

/* Records that it comes to; *whole: each is one. */
static uint32_t count_parts(const struct batch *batch, bool *whole)
{
	uint32_t count = 0;

	*whole = true;
	for (uint32_t i = 0; i < batch->record_count; i++) {
		unsigned parts = parts_of(&batch->records[i]);

		*whole &= parts == 1;
		count += parts;
	}
	return count;
}

/* Where records come to several parts, each part becomes a record of its own; one that comes to none leaves. */
static int split(struct stage *stage, struct batch *batch, struct err *err)
{
	bool whole;
	uint32_t count = count_parts(batch, &whole), made = 0;
	struct record *parts;

	if (whole)
		return 0;
	parts = arena_alloc(batch->arena, count * sizeof(*parts));
	if (parts == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", count);
	for (uint32_t i = 0; i < batch->record_count; i++) {
		struct record record = batch->records[i];
		unsigned last = parts_of(&record);

		if (last == 0)
			stage_account(stage)->excluded_rule += record.flows;
		for (unsigned part = 0; part < last; part++) {
			record.part = (uint8_t)part;
			parts[made++] = record;
			record.flows = 0;
		}
	}
	batch->records = parts;
	batch->record_count = made;
	return 0;
}

static int encode_records(struct stage *stage, struct batch *batch, struct err *err)
{
	struct encode *encode = stage_private(stage);
	uint32_t left = 0;

	for (uint32_t i = 0; i < batch->record_count; i++) {
		struct record record = batch->records[i];
		size_t start = encode->out.length;
		int error = write_record(encode, &record, batch);

		if (error == ERR_LIMIT) {
			encode->out.length = start;
			lose(stage, &record, batch->now_ns);
			continue;
		}
		if (error != 0)
			return err_set(err, error, "no memory to encode a batch");
		record.offset = (uint32_t)start;
		record.length = (uint32_t)(encode->out.length - start);
		batch->records[left++] = record;
	}
	batch->record_count = left;
	batch->encoded = encode->out.bytes;
	stage_account(stage)->records_out += left;
	return 0;
}

static int encode_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct encode *encode = stage_private(stage);
	int error;

	encode->out.length = 0;
	error = split(stage, batch, err);
	if (error == 0)
		error = encode_records(stage, batch, err);
	if (error == 0)
		error = stage_next(stage, batch, err);
	/* one unusual message does not make the worker larger for good */
	if (encode->out.size > KEPT_SIZE)
		buffer_fini(&encode->out);
	if (encode->compact.size > KEPT_SIZE)
		buffer_fini(&encode->compact);
	return error;
}

const struct stage_type stage_encode = {
	.name = "encode",
	.phase = PHASE_ENCODE,
	.size = sizeof(struct encode),
	.wanted = encode_wanted,
	.init = encode_init,
	.push = encode_push,
	.fini = encode_fini,
};
