#include "supervisor/gap_list.h"

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
