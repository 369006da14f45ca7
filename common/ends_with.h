/* Names by their ending: ".object", ".segment", ".tmp". */
#ifndef SLUICE_COMMON_ENDS_WITH_H
#define SLUICE_COMMON_ENDS_WITH_H

#include <stdbool.h>
#include <string.h>

static inline bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), tail = strlen(ending);

	return length >= tail && strcmp(text + length - tail, ending) == 0;
}

#endif
