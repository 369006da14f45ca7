#include "worker/object_queue.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_FIRST_SIZE = 8 };

void object_queue_fini(struct object_queue *queue)
{
	free(queue->items);
	memset(queue, 0, sizeof(*queue));
}

static int make_room(struct object_queue *queue, struct err *err)
{
	struct queued_object *items;
	size_t size = queue->size > 0 ? queue->size : QUEUE_FIRST_SIZE;

	if (queue->start + queue->count < queue->size)
		return 0;
	/* moving costs as much as was taken from the front since the last time */
	if (queue->start > queue->size / 2) {
		memmove(queue->items, queue->items + queue->start, queue->count * sizeof(*items));
		queue->start = 0;
		return 0;
	}
	if (queue->size > 0)
		size *= 2;
	items = realloc(queue->items, size * sizeof(*items));
	if (items == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the list of sealed objects");
	queue->items = items;
	queue->size = size;
	return 0;
}

int object_queue_push(struct object_queue *queue, const struct queued_object *object, struct err *err)
{
	int error = make_room(queue, err);

	if (error == 0)
		queue->items[queue->start + queue->count++] = *object;
	return error;
}

struct queued_object *object_queue_at(const struct object_queue *queue, uint64_t number)
{
	if (number < queue->base || number - queue->base >= queue->count)
		return NULL;
	return &queue->items[queue->start + (number - queue->base)];
}

void object_queue_trim(struct object_queue *queue, uint64_t number)
{
	uint64_t gone = number > queue->base ? number - queue->base : 0;

	if (gone > queue->count)
		gone = queue->count;
	queue->start += gone;
	queue->count -= gone;
	queue->base += gone;
	if (queue->count == 0) {
		/* a backlog that is over gives its memory back */
		free(queue->items);
		queue->items = NULL;
		queue->start = queue->size = 0;
	}
}

void object_queue_truncate(struct object_queue *queue, uint64_t number)
{
	if (number < queue->base + queue->count)
		queue->count = number > queue->base ? (size_t)(number - queue->base) : 0;
}
