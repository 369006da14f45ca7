/* From messages to the ring: decodes each once, publishes its flows, keeps the subscription's counters and wakes the
 * readers, at once after a pause and then at most every 10 ms. */
#ifndef SLUICE_SUBSCRIBER_PUBLISHER_H
#define SLUICE_SUBSCRIBER_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/ring.h"

struct publisher;

/* ring_fd (read-write) and wake_fd are borrowed. readers: pipelines, for how often they are woken. *restarted:
 * there was an earlier subscriber in this epoch; *since_ms: when it published last, or else began (wall clock). */
int publisher_new(struct publisher **publisher, struct loop *loop, int ring_fd, int wake_fd, unsigned readers,
	bool *restarted, int64_t *since_ms, struct err *err);
void publisher_free(struct publisher **publisher);
/* Another number of pipelines reads. */
void publisher_set_readers(struct publisher *publisher, unsigned readers);

/* Whether a flow message has come in this epoch, to this subscriber or an earlier one. */
bool publisher_had_flows(const struct publisher *publisher);

/* A text message: payload has DECODE_PADDING readable and writable bytes behind it, the first of which is changed and
 * restored. What cannot be decoded is counted, and logged now and then. Returns whether it was one of flows. */
bool publisher_message(struct publisher *publisher, char *payload, size_t length);
/* A message that is none of ours. */
void publisher_refused(struct publisher *publisher, size_t length, const char *why);
void publisher_connected(struct publisher *publisher, bool up);
void publisher_gap(struct publisher *publisher, const struct ring_gap *gap);
/* No batch will follow: closes the epoch and wakes the readers. */
void publisher_close(struct publisher *publisher);

#endif
