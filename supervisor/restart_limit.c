#include "supervisor/restart_limit.h"

#include <stdlib.h>

#include "api/text.h"
#include "common/clock.h"
#include "supervisor/handover.h"

#define WITHIN_MAX_MS (366 * 86400 * INT64_C(1000))

void restart_limit_fini(struct restart_limit *limit)
{
	free(limit->ended_ns);
	*limit = (struct restart_limit){ 0 };
}

bool restart_limit_set(struct restart_limit *limit, const char *text)
{
	uint64_t max = 0;
	int64_t within_ms = 0;
	bool given = text != NULL && text_rate(text, 0, RESTARTS_MAX, WITHIN_MAX_MS, &max, &within_ms);

	if (given == limit->given && max == limit->max && within_ms * NS_PER_MS == limit->within_ns)
		return true;
	restart_limit_fini(limit);
	if (!given)
		return true;
	limit->ended_ns = calloc(max + 1, sizeof(*limit->ended_ns));
	if (limit->ended_ns == NULL)
		return false;
	limit->given = true;
	limit->max = (unsigned)max;
	limit->within_ns = within_ms * NS_PER_MS;
	return true;
}

bool restart_limit_ended(struct restart_limit *limit, int64_t now_ns)
{
	int64_t oldest;

	if (!limit->given)
		return false;
	/* one place more than the limit: the end that is one too many, and those before it */
	limit->ended_ns[limit->count++ % (limit->max + 1)] = now_ns;
	if (limit->count <= limit->max)
		return false;
	oldest = limit->ended_ns[limit->count % (limit->max + 1)];
	return now_ns - oldest <= limit->within_ns;
}

void restart_limit_forgive(struct restart_limit *limit)
{
	limit->count = 0;
}

static const struct handover_field end_fields[] = {
	{ "at_ns", HANDOVER_NUMBER, 0, sizeof(int64_t) },
	{ 0 },
};

static size_t places(const struct restart_limit *limit)
{
	return limit->given ? limit->max + 1 : 0;
}

void restart_limit_hand_over(const struct restart_limit *limit, struct handover *handover, json_t *object)
{
	if (limit->count == 0)
		return;
	handover_put_list(handover, object, "restart_ends", end_fields, limit->ended_ns, places(limit), sizeof(int64_t));
	handover_put(handover, object, "restart_count", json_integer((json_int_t)limit->count));
}

void restart_limit_adopt(struct restart_limit *limit, const json_t *object)
{
	if (json_array_size(json_object_get(object, "restart_ends")) != places(limit))
		return;
	handover_take_list(object, "restart_ends", end_fields, limit->ended_ns, places(limit), sizeof(int64_t));
	limit->count = (uint64_t)json_integer_value(json_object_get(object, "restart_count"));
}
