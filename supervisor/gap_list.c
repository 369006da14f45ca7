#include "supervisor/gap_list.h"

#include "supervisor/handover.h"

void gap_list_add(struct gap_list *list, const struct ring_gap *gap)
{
	list->gaps[list->ever++ % GAP_LIST_MAX] = *gap;
}

size_t gap_list_count(const struct gap_list *list)
{
	return list->ever < GAP_LIST_MAX ? (size_t)list->ever : GAP_LIST_MAX;
}

const struct ring_gap *gap_list_at(const struct gap_list *list, size_t index)
{
	return &list->gaps[(list->ever - gap_list_count(list) + index) % GAP_LIST_MAX];
}

static const struct handover_field fields[] = {
	HANDOVER_ROW(struct ring_gap, HANDOVER_NUMBER, from_ms),
	HANDOVER_ROW(struct ring_gap, HANDOVER_NUMBER, to_ms),
	HANDOVER_ROW(struct ring_gap, HANDOVER_NUMBER, reason),
	{ 0 },
};

/* Their places in the array stay: the n-th ever at n % GAP_LIST_MAX. */
void gap_list_hand_over(const struct gap_list *list, struct handover *handover, json_t *object)
{
	handover_put_list(handover, object, "gaps", fields, list->gaps, gap_list_count(list), sizeof(*list->gaps));
	handover_put(handover, object, "gaps_ever", json_integer((json_int_t)list->ever));
}

void gap_list_adopt(struct gap_list *list, const json_t *object)
{
	size_t count = handover_take_list(object, "gaps", fields, list->gaps, GAP_LIST_MAX, sizeof(*list->gaps));
	uint64_t ever = (uint64_t)json_integer_value(json_object_get(object, "gaps_ever"));

	list->ever = count == GAP_LIST_MAX && ever > count ? ever : count;
}
