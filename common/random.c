#include "common/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t length)
{
	char *next = bytes;

	while (length > 0) {
		ssize_t got = getrandom(next, length, 0);

		if (got < 0 && errno != EINTR)
			abort();        /* no kernel that runs us lacks it */
		if (got > 0) {
			next += got;
			length -= (size_t)got;
		}
	}
}

uint64_t random_u64(void)
{
	uint64_t value = 0;

	while (value == 0)
		random_bytes(&value, sizeof(value));
	return value;
}

int64_t random_jitter(int64_t base, unsigned percent)
{
	int64_t range = base / 100 * (int64_t)percent;

	if (range <= 0)
		return base;
	return base - range + (int64_t)(random_u64() % (uint64_t)(2 * range + 1));
}
