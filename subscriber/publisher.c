#include "subscriber/publisher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "subscriber/decode.h"
#include "subscriber/probe_drops.h"

enum {
	WAKE_MS = 10,
	WAKE_MANY_MS = 40,
	MANY_READERS = 200,           /* from here on waking costs more than decoding */
	COMPLAIN_S = 10,              /* between log lines about bad messages */
};

struct publisher {
	struct loop *loop;
	struct ring_writer *ring;
	struct ring_counters *counters;       /* in the ring's first page */
	struct decoder *decoder;
	struct probe_drops *probes;
	struct loop_timer wake_timer;
	int64_t wake_interval_ns, woken_ns;
	bool first;                           /* nothing has been counted yet: counters of a predecessor stand */
	int64_t complained_ns;
	uint64_t unsaid;                      /* bad messages since the last complaint */
	struct flow *rebased;                 /* the flows of a part of a message, owned; NULL until a message is split */
	size_t rebased_size;
};

/* ---- waking ---- */

static void wake(struct publisher *publisher, int64_t now)
{
	ring_wake(publisher->ring);
	publisher->woken_ns = now;
}

static void wake_later(struct loop_timer *timer)
{
	struct publisher *publisher = timer->owner;

	wake(publisher, clock_boottime_ns());
}

static void published(struct publisher *publisher, int64_t now)
{
	int64_t due = publisher->woken_ns + publisher->wake_interval_ns;

	if (now >= due)
		wake(publisher, now);
	else if (publisher->wake_timer.position == 0)
		loop_timer_set(publisher->loop, &publisher->wake_timer, due, NULL);
}

/* ---- complaints ---- */

/* Counted always, said now and then: an analyzer that sends nothing but nonsense does not fill the disk with it. */
static void complain(struct publisher *publisher, const char *what, const char *why, int64_t now)
{
	if (publisher->complained_ns != 0 && now - publisher->complained_ns < COMPLAIN_S * NS_PER_S) {
		publisher->unsaid++;
		return;
	}
	log_warn("%s: %s unsaid_since=%llu", what, why, (unsigned long long)publisher->unsaid);
	publisher->complained_ns = now;
	publisher->unsaid = 0;
}

/* ---- flows ---- */

static void move(struct text_ref *ref, uint32_t by)
{
	if (ref->length > 0)
		ref->offset -= by;
	else
		ref->offset = 0;
}

/* The texts of a flow relative to a part of the message. */
static void rebase(struct flow *flow, uint32_t by)
{
	struct text_ref *refs = flow_texts(flow);

	for (unsigned i = 0; i < FLOW_TEXTS; i++)
		move(&refs[i], by);
}

/* How many flows from `first` on fit into one batch with their own text; one at least. */
static uint32_t part_size(const struct publisher *publisher, const struct decoded *message, uint32_t first)
{
	const struct flow *flows = message->flows;
	uint32_t count = 1;

	while (first + count < message->count) {
		const struct text_ref last = flows[first + count].raw;

		if (ring_flows_size(count + 1, last.offset + last.length - flows[first].raw.offset) >
			ring_batch_max(publisher->ring))
			break;
		count++;
	}
	return count;
}

static int publish_part(struct publisher *publisher, const struct decoded *message, uint32_t first, uint32_t count,
	struct ring_flows *flows, const char *text, struct err *err)
{
	uint32_t from = message->flows[first].raw.offset;
	const struct text_ref last = message->flows[first + count - 1].raw;

	if (count > publisher->rebased_size) {
		struct flow *larger = realloc(publisher->rebased, count * sizeof(*larger));

		if (larger == NULL)
			return err_set(err, ERR_NO_MEMORY, "no memory for a part of a message");
		publisher->rebased = larger;
		publisher->rebased_size = count;
	}
	memcpy(publisher->rebased, message->flows + first, count * sizeof(struct flow));
	for (uint32_t i = 0; i < count; i++)
		rebase(&publisher->rebased[i], from);
	flows->columns = message->columns + first;
	flows->flows = publisher->rebased;
	flows->count = count;
	flows->text = text + from;
	flows->text_length = last.offset + last.length - from;
	return ring_publish_flows(publisher->ring, flows, err);
}

/* A message that is larger than a batch may be goes in several. A flow that alone is too large is malformed. */
static void publish_split(struct publisher *publisher, const struct decoded *message, struct ring_flows *flows,
	const char *text)
{
	uint32_t first = 0;

	while (first < message->count) {
		uint32_t count = part_size(publisher, message, first);
		struct err err;

		if (publish_part(publisher, message, first, count, flows, text, &err) == 0) {
			counter_add(&publisher->counters->flows, count);
		} else {
			counter_add(&publisher->counters->malformed, count);
			complain(publisher, "a flow larger than the ring takes", err.message, flows->boottime_ns);
		}
		first += count;
	}
}

static void publish_flows(struct publisher *publisher, const struct decoded *message, const char *text, size_t length,
	int64_t now)
{
	struct ring_counters *counters = publisher->counters;
	struct ring_flows flows = { .columns = message->columns, .flows = message->flows, .count = message->count,
		.text = text, .text_length = length, .wall_ms = clock_wall_ms(), .boottime_ns = now };

	counter_add(&counters->messages, 1);
	counter_add(&counters->malformed, message->malformed);
	counter_set(&counters->last_message_ns, (uint64_t)now);
	if (message->malformed > 0)
		complain(publisher, "flows that cannot be decoded", "left out and counted as malformed", now);
	if (message->count == 0)
		return;
	if (ring_publish_flows(publisher->ring, &flows, NULL) == 0)
		counter_add(&counters->flows, message->count);
	else
		publish_split(publisher, message, &flows, text);
	published(publisher, now);
}

static void publish_drops(struct publisher *publisher, const struct ring_drops *totals, int64_t now)
{
	struct ring_drops more;
	struct err err;

	if (!probe_drops_take(publisher->probes, totals, now, &more))
		return;
	counter_add(&publisher->counters->probe_dropped, more.flow_dropped + more.kernel_flow_dropped);
	if (ring_publish_drops(publisher->ring, &more, clock_wall_ms(), now, &err) != 0)
		log_error("%s", err.message);
	published(publisher, now);
}

static int decode(struct publisher *publisher, char *payload, size_t length, struct decoded *message, struct err *err)
{
	char behind = payload[length];
	int error;

	payload[length] = '\0';
	error = decoder_message(publisher->decoder, payload, length, message, err);
	payload[length] = behind;
	return error;
}

bool publisher_message(struct publisher *publisher, char *payload, size_t length)
{
	int64_t now = clock_boottime_ns();
	struct decoded message;
	struct err err;

	counter_add(&publisher->counters->message_bytes, length);
	if (decode(publisher, payload, length, &message, &err) != 0) {
		counter_add(&publisher->counters->refused, 1);
		complain(publisher, "a message that is none of the analyzer's", err.message, now);
		return false;
	}
	switch (message.kind) {
	case DECODED_FLOWS:
		publish_flows(publisher, &message, payload, length, now);
		return true;
	case DECODED_STATS:
		publish_drops(publisher, &message.drops, now);
		return false;
	default:
		counter_add(&publisher->counters->ignored, 1);
		return false;
	}
}

void publisher_refused(struct publisher *publisher, size_t length, const char *why)
{
	char text[96];

	snprintf(text, sizeof(text), "%zu bytes, %s", length, why);
	counter_add(&publisher->counters->refused, 1);
	complain(publisher, "a message was refused", text, clock_boottime_ns());
}

/* ---- the connection ---- */

void publisher_connected(struct publisher *publisher, bool up)
{
	if (up && !publisher->first)
		counter_add(&publisher->counters->reconnects, 1);
	publisher->first = false;
	counter_set(&publisher->counters->connected, up);
}

void publisher_gap(struct publisher *publisher, const struct ring_gap *gap)
{
	int64_t now = clock_boottime_ns();
	struct err err;

	counter_add(&publisher->counters->gap_ms, (uint64_t)(gap->to_ms - gap->from_ms));
	log_warn("nothing was received for %.1f s reason=%s", (double)(gap->to_ms - gap->from_ms) / 1000,
		ring_gap_reason_name(gap->reason));
	if (ring_publish_gap(publisher->ring, gap, now, &err) != 0)
		log_error("%s", err.message);
	published(publisher, now);
}

void publisher_close(struct publisher *publisher)
{
	counter_set(&publisher->counters->connected, 0);
	ring_close(publisher->ring);
	wake(publisher, clock_boottime_ns());
}

/* ---- life ---- */

/* What a predecessor's last message tells, or when the first one began: from then on nothing is known. */
static int64_t last_known_ms(const struct ring_counters *counters, int64_t now)
{
	uint64_t last_ns = counters->last_message_ns != 0 ? counters->last_message_ns : counters->started_ns;
	int64_t ago_ns = now - (int64_t)last_ns;

	return clock_wall_ms() - (ago_ns > 0 ? ago_ns / NS_PER_MS : 0);
}

/* Whether there was one before, and when it is last known to have worked. It may have been killed before it published
 * anything: what had been sent to it is missing all the same. */
static bool look_back(struct publisher *publisher, int64_t *since_ms)
{
	struct ring_counters *counters = publisher->counters;
	bool had_one = counters->started_ns != 0;
	int64_t now = clock_boottime_ns();

	if (!had_one)
		counter_set(&counters->started_ns, (uint64_t)now);
	*since_ms = last_known_ms(counters, now);
	return had_one;
}

bool publisher_had_flows(const struct publisher *publisher)
{
	return publisher->counters->last_message_ns != 0;
}

void publisher_set_readers(struct publisher *publisher, unsigned readers)
{
	publisher->wake_interval_ns = (readers >= MANY_READERS ? WAKE_MANY_MS : WAKE_MS) * NS_PER_MS;
}

int publisher_new(struct publisher **out, struct loop *loop, int ring_fd, int wake_fd, unsigned readers,
	bool *restarted, int64_t *since_ms, struct err *err)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	int error;

	*out = publisher;
	if (publisher == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the publisher");
	publisher->loop = loop;
	publisher->wake_timer = (struct loop_timer){ .fire = wake_later, .owner = publisher };
	publisher_set_readers(publisher, readers);
	publisher->probes = probe_drops_new();
	error = publisher->probes != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for the probes");
	if (error == 0)
		error = decoder_new(&publisher->decoder, DECODE_FLOWS_MAX, err);
	if (error == 0)
		error = ring_writer_open(&publisher->ring, ring_fd, wake_fd, restarted, err);
	if (error != 0) {
		publisher_free(out);
		return error;
	}
	publisher->counters = ring_writer_counters(publisher->ring);
	publisher->first = !*restarted;
	*restarted = look_back(publisher, since_ms) || *restarted;
	counter_set(&publisher->counters->connected, 0);
	return 0;
}

void publisher_free(struct publisher **out)
{
	struct publisher *publisher = *out;

	if (publisher == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(publisher->loop, &publisher->wake_timer);
	ring_writer_close(&publisher->ring);
	decoder_free(&publisher->decoder);
	probe_drops_free(&publisher->probes);
	free(publisher->rebased);
	free(publisher);
}
