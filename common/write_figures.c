#include "common/write_figures.h"

#include "common/clock.h"
#include "common/err.h"

const uint32_t write_bucket_ms[WRITE_BUCKETS] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000 };

const char *write_failure_name(enum write_failure failure)
{
	static const char *const names[WRITE_FAILURES] = { "denied", "not_found", "busy", "timeout", "untrusted", "no_space",
		"damaged", "failed" };

	return names[failure];
}

static enum write_failure failure_of(int error)
{
	switch (error) {
	case ERR_DENIED:
		return WRITE_DENIED;
	case ERR_NOT_FOUND:
		return WRITE_NOT_FOUND;
	case ERR_BUSY:
		return WRITE_BUSY;
	case ERR_TIMEOUT:
		return WRITE_TIMEOUT;
	case ERR_TLS:
		return WRITE_UNTRUSTED;
	case ERR_NO_SPACE:
		return WRITE_NO_SPACE;
	case ERR_CORRUPT:
		return WRITE_DAMAGED;
	default:
		return WRITE_FAILED;
	}
}

void write_figures_add(struct write_figures *figures, int64_t ns, int result)
{
	unsigned bucket = 0;

	if (result != 0) {
		figures->failures[failure_of(result)]++;
		return;
	}
	while (bucket < WRITE_BUCKETS && ns > write_bucket_ms[bucket] * NS_PER_MS)
		bucket++;
	figures->buckets[bucket]++;
	figures->sum_us += (uint64_t)(ns > 0 ? ns : 0) / 1000;
}
