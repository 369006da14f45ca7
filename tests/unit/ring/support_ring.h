/* What the ring's tests share: a ring with its two ends, and flows whose every byte follows from their sequence, so that
 * a torn one shows. */
#ifndef TESTS_RING_SUPPORT_H
#define TESTS_RING_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ring.h"

enum { SUPPORT_FLOWS_MAX = 64, SUPPORT_TEXT_MAX = SUPPORT_FLOWS_MAX * 128 };

struct support_ring {
	int fd, read_fd;
	uint64_t epoch;
	struct ring_writer *writer;
	struct ring_reader *reader;
};

void support_ring_open(struct support_ring *ring, size_t size);
void support_ring_close(struct support_ring *ring);

/* A message of `count` flows, the first of which is `sequence`. */
struct support_message {
	struct flow_column columns[SUPPORT_FLOWS_MAX];
	struct flow flows[SUPPORT_FLOWS_MAX];
	char text[SUPPORT_TEXT_MAX];
	struct ring_flows batch;
};
void support_message_make(struct support_message *message, uint64_t sequence, uint32_t count);
/* How many flows the message that begins with `sequence` has: 1 to SUPPORT_FLOWS_MAX. */
uint32_t support_message_count(uint64_t sequence);

/* Reads the whole batch into scratch. 0 when it still stood and is what its sequence demands, ERR_LAPPED, or any other
 * code for a batch that is wrong. */
int support_batch_read(struct ring_reader *reader, const struct ring_batch *batch, struct support_message *scratch,
	struct err *err);

/* Goes on to behind the batch. */
void support_position_pass(struct ring_position *position, const struct ring_batch *batch);

#endif
