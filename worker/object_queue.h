/* The sealed objects of a lane that nobody claimed yet, in order of number; 24 bytes each. */
#ifndef SLUICE_WORKER_OBJECT_QUEUE_H
#define SLUICE_WORKER_OBJECT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct queued_object {
	uint64_t flows;
	uint32_t records;             /* 0: a hole, there is no such object */
	uint32_t bytes;               /* of the file, its head included */
	int64_t sealed_ms;            /* wall clock */
};

struct object_queue {
	struct queued_object *items;  /* owned; [start] is number `base` */
	size_t start, count, size;
	uint64_t base;
};

void object_queue_fini(struct object_queue *queue);
/* Appends number base + count. */
int object_queue_push(struct object_queue *queue, const struct queued_object *object, struct err *err);
/* NULL: not in the queue. */
struct queued_object *object_queue_at(const struct object_queue *queue, uint64_t number);
/* Forgets what is below `number`; and what is at or above it. */
void object_queue_trim(struct object_queue *queue, uint64_t number);
void object_queue_truncate(struct object_queue *queue, uint64_t number);

#endif
