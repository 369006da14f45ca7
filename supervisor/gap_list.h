/* The last gaps of a subscription, for whoever asks which spans of time are not accounted for. */
#ifndef SLUICE_SUPERVISOR_GAP_LIST_H
#define SLUICE_SUPERVISOR_GAP_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "common/ring.h"

enum { GAP_LIST_MAX = 1000 };                 /* older ones are forgotten */

struct gap_list {
	struct ring_gap gaps[GAP_LIST_MAX];   /* the n-th ever at n % GAP_LIST_MAX */
	uint64_t ever;
};

void gap_list_add(struct gap_list *list, const struct ring_gap *gap);
/* To the next image of this process; "gaps" of the object. */
struct handover;
struct json_t;
void gap_list_hand_over(const struct gap_list *list, struct handover *handover, struct json_t *object);
void gap_list_adopt(struct gap_list *list, const struct json_t *object);
/* How many are kept. */
size_t gap_list_count(const struct gap_list *list);
/* The index-th of them, oldest first. */
const struct ring_gap *gap_list_at(const struct gap_list *list, size_t index);

#endif
