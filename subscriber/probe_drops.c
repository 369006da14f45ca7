#include "subscriber/probe_drops.h"

#include <stdlib.h>

#include "common/clock.h"

/* Half the interval of reports: a probe that has just spoken is not the one that speaks now. */
#define QUIET_TIME (5 * NS_PER_S)

struct probe {
	struct ring_drops totals;
	int64_t seen_ns;
};

struct probe_drops {
	struct probe *probes;         /* [count], owned */
	size_t count, size;
};

struct probe_drops *probe_drops_new(void)
{
	return calloc(1, sizeof(struct probe_drops));
}

void probe_drops_free(struct probe_drops **probes)
{
	if (*probes == NULL)
		return;
	free((*probes)->probes);
	free(*probes);
	*probes = NULL;
}

static bool may_follow(const struct probe *probe, const struct ring_drops *totals, int64_t now_ns)
{
	return probe->totals.capture == totals->capture && now_ns - probe->seen_ns >= QUIET_TIME &&
		probe->totals.flow_dropped <= totals->flow_dropped &&
		probe->totals.kernel_flow_dropped <= totals->kernel_flow_dropped &&
		probe->totals.packets_dropped <= totals->packets_dropped;
}

static uint64_t sum(const struct ring_drops *drops)
{
	return drops->flow_dropped + drops->kernel_flow_dropped + drops->packets_dropped;
}

/* The nearest below: of several that fit it makes the smallest claim. */
static struct probe *find(struct probe_drops *probes, const struct ring_drops *totals, int64_t now_ns)
{
	struct probe *nearest = NULL;

	for (size_t i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->probes[i];

		if (may_follow(probe, totals, now_ns) && (nearest == NULL || sum(&probe->totals) > sum(&nearest->totals)))
			nearest = probe;
	}
	return nearest;
}

static struct probe *quietest(struct probe_drops *probes)
{
	struct probe *found = &probes->probes[0];

	for (size_t i = 1; i < probes->count; i++) {
		if (probes->probes[i].seen_ns < found->seen_ns)
			found = &probes->probes[i];
	}
	return found;
}

/* Room for a probe not heard before; NULL without memory: then its losses stay unknown until there is some. */
static struct probe *add(struct probe_drops *probes)
{
	size_t size = probes->size ? probes->size * 2 : 16;
	struct probe *larger;

	if (probes->count == PROBES_MAX)
		return quietest(probes);
	if (probes->count == probes->size) {
		larger = realloc(probes->probes, size * sizeof(*larger));
		if (larger == NULL)
			return NULL;
		probes->probes = larger;
		probes->size = size;
	}
	return &probes->probes[probes->count++];
}

bool probe_drops_take(struct probe_drops *probes, const struct ring_drops *totals, int64_t now_ns,
	struct ring_drops *more)
{
	struct probe *probe = find(probes, totals, now_ns);

	*more = (struct ring_drops){ .capture = totals->capture };
	if (probe != NULL) {
		more->flow_dropped = totals->flow_dropped - probe->totals.flow_dropped;
		more->kernel_flow_dropped = totals->kernel_flow_dropped - probe->totals.kernel_flow_dropped;
		more->packets_dropped = totals->packets_dropped - probe->totals.packets_dropped;
	} else {
		probe = add(probes);
	}
	if (probe != NULL)
		*probe = (struct probe){ *totals, now_ns };
	return sum(more) > 0;
}
