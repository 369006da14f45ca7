#include "supervisor/restart_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { WITHIN_MAX_S = 366 * 86400 };

void restart_limit_fini(struct restart_limit *limit)
{
	free(limit->ended_ns);
	*limit = (struct restart_limit){ 0 };
}

static bool parse(const char *text, unsigned *max, int64_t *within_ns)
{
	static const struct { const char *name; int64_t ns; } units[] = { { "ms", NS_PER_MS }, { "s", NS_PER_S },
		{ "m", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S } };
	unsigned long long number;
	char unit[3] = "";

	if (text == NULL || sscanf(text, "%4u/%12llu%2[a-z]", max, &number, unit) != 3 || *max > RESTARTS_MAX)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, unit) != 0)
			continue;
		if (number > (uint64_t)WITHIN_MAX_S * NS_PER_S / (uint64_t)units[i].ns)
			*within_ns = WITHIN_MAX_S * NS_PER_S;
		else
			*within_ns = (int64_t)number * units[i].ns;
		return true;
	}
	return false;
}

bool restart_limit_set(struct restart_limit *limit, const char *text)
{
	int64_t within_ns = 0;
	unsigned max = 0;
	bool given = parse(text, &max, &within_ns);

	if (given == limit->given && max == limit->max && within_ns == limit->within_ns)
		return true;
	restart_limit_fini(limit);
	if (!given)
		return true;
	limit->ended_ns = calloc(max + 1, sizeof(*limit->ended_ns));
	if (limit->ended_ns == NULL)
		return false;
	limit->given = true;
	limit->max = max;
	limit->within_ns = within_ns;
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
