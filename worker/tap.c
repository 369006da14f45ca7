#include "worker/tap.h"

#include <jansson.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_parse.h"
#include "worker/batch.h"
#include "worker/json_text.h"
#include "worker/record.h"

enum {
	RECORD_MAX = 64 * 1024,               /* a longer one is not shown: a flow has 1 KB */
	TAKEN_MAX = 4 << 20,
	TAKEN_KEPT = 64 * 1024,
};
/* 2^32 / the golden ratio: places in batches that are spread evenly. */
#define STEP 0x9e3779b1U

void tap_init(struct tap *tap)
{
	*tap = (struct tap){ 0 };
	buffer_init(&tap->taken, TAKEN_MAX);
}

void tap_fini(struct tap *tap)
{
	buffer_fini(&tap->taken);
}

/* The first second's share is there at once. */
void tap_set(struct tap *tap, uint32_t session, const struct ipc_tap *rates, int64_t now_ns)
{
	tap_fini(tap);
	tap->on = rates->records_s > 0 && rates->bytes_s > 0;
	tap->session = session;
	tap->rates = *rates;
	tap->refused = 0;
	tap->next = (struct tap_meter){ .records_ns = now_ns - NS_PER_S, .bytes_ns = now_ns - NS_PER_S,
		.place = tap->next.place };
	tap->committed = tap->next;
}

/* ---- rates: what was not used is kept for a second ---- */

static uint64_t allowed(int64_t *from_ns, uint32_t per_s, int64_t now_ns)
{
	if (*from_ns < now_ns - NS_PER_S)
		*from_ns = now_ns - NS_PER_S;
	return *from_ns < now_ns ? (uint64_t)(now_ns - *from_ns) * per_s / NS_PER_S : 0;
}

static void use(int64_t *from_ns, uint32_t per_s, uint64_t amount)
{
	*from_ns += (int64_t)(amount * NS_PER_S / per_s);
}

/* ---- one record ---- */

/* jansson's numbers do not matter here, but that they are some. */
static bool is_object(const char *record, size_t length)
{
	json_t *value = record[0] == '{' ? json_parse(record, length, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL) : NULL;

	json_decref(value);
	return value != NULL;
}

/* Valid JSON has line ends and tabs only between what means something. */
static void put_object(struct buffer *out, const char *record, size_t length)
{
	char *to = out->bytes + out->length;

	for (size_t i = 0; i < length; i++) {
		if (record[i] != '\n' && record[i] != '\r' && record[i] != '\t')
			*to++ = record[i];
	}
	out->length = (size_t)(to - out->bytes);
}

static void put_string(struct buffer *out, const char *record, size_t length)
{
	buffer_put(out, "\"", 1);
	out->length = (size_t)(json_put_text(out->bytes + out->length, record, length) - out->bytes);
	buffer_put(out, "\"", 1);
}

int tap_put_text(struct buffer *out, const char *record, size_t length)
{
	bool object = length > 0 && is_object(record, length);
	int error = buffer_reserve(out, object ? length : JSON_GO_GROWTH * length + 2);

	if (error != 0)
		return error;
	if (object)
		put_object(out, record, length);
	else
		put_string(out, record, length);
	return 0;
}

static bool put_head(struct tap *tap, const struct batch *batch, const struct record *record, uint64_t skipped)
{
	const struct ipc_tap_record head = { .wall_ms = batch->now_ms, .skipped = skipped, .tag = record->tag };
	const uint32_t length = 0;

	return buffer_append(&tap->taken, &length, sizeof(length)) == 0 &&
		buffer_append(&tap->taken, &head, sizeof(head)) == 0;
}

/* False: it is not shown. */
static bool take_record(struct tap *tap, const struct batch *batch, const struct record *record, uint64_t skipped,
	int64_t now_ns)
{
	size_t start = tap->taken.length, text = start + sizeof(uint32_t) + sizeof(struct ipc_tap_record);
	bool shown = record->length <= RECORD_MAX && allowed(&tap->next.bytes_ns, tap->rates.bytes_s, now_ns) > 0 &&
		put_head(tap, batch, record, skipped) &&
		tap_put_text(&tap->taken, batch->encoded + record->offset, record->length) == 0 &&
		tap->taken.length - text <= IPC_TAP_TEXT_MAX;
	uint32_t length;

	if (!shown) {
		tap->taken.length = start;
		return false;
	}
	length = (uint32_t)(tap->taken.length - start - sizeof(length));
	memcpy(tap->taken.bytes + start, &length, sizeof(length));
	use(&tap->next.bytes_ns, tap->rates.bytes_s, tap->taken.length - text);
	return true;
}

/* ---- batches and transactions ---- */

void tap_take(struct tap *tap, const struct batch *batch, int64_t now_ns)
{
	struct tap_meter *meter = &tap->next;
	uint64_t count = batch->record_count, room = allowed(&meter->records_ns, tap->rates.records_s, now_ns);
	uint64_t wanted = room < count ? room : count;
	uint64_t place = meter->place * count >> 32;
	uint64_t behind = 0;                  /* the record that was looked at last */

	use(&meter->records_ns, tap->rates.records_s, wanted);
	meter->place += STEP;
	for (uint64_t i = 0; i < wanted; i++) {
		uint64_t index = (place + i * count) / wanted;

		meter->passed += index - behind;
		if (take_record(tap, batch, &batch->records[index], meter->passed, now_ns))
			meter->passed = 0;
		else
			meter->passed++;
		behind = index + 1;
	}
	meter->passed += count - behind;
}

void tap_commit(struct tap *tap, bool (*show)(void *owner, uint32_t session, const void *payload, size_t length),
	void *owner)
{
	for (size_t at = 0; at < tap->taken.length;) {
		char *payload = tap->taken.bytes + at + sizeof(uint32_t);
		struct ipc_tap_record head;
		uint32_t length;

		memcpy(&length, tap->taken.bytes + at, sizeof(length));
		memcpy(&head, payload, sizeof(head));
		head.skipped += tap->refused;
		memcpy(payload, &head, sizeof(head));
		tap->refused = show(owner, tap->session, payload, length) ? 0 : head.skipped + 1;
		at += sizeof(length) + length;
	}
	tap->committed = tap->next;
	tap->taken.length = 0;
	if (tap->taken.size > TAKEN_KEPT)
		tap_fini(tap);
}

void tap_undo(struct tap *tap)
{
	tap->next = tap->committed;
	tap->taken.length = 0;
}
