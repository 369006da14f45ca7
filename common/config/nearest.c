/* What somebody meant who wrote something else. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"

enum { LONGEST = 64 };

/* Edits from one to the other: insert, delete, replace, swap two neighbours; case does not count. Both <= LONGEST. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned rows[3][LONGEST + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *two_above = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);
			unsigned best = above[j - 1] + (x != y);

			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]) && two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *config_nearest(const char *name, const char *const *names)
{
	size_t length = strlen(name);
	const char *nearest = NULL;
	unsigned least = 0;

	if (length == 0 || length > LONGEST)
		return NULL;
	for (; *names != NULL; names++) {
		size_t other = strlen(*names);
		size_t limit = (length > other ? length : other) / 3;
		size_t apart = length > other ? length - other : other - length;
		unsigned edits;

		limit = limit > 0 ? limit : 1;
		if (other > LONGEST || apart > limit)
			continue;
		edits = distance(name, length, *names, other);
		if (edits <= limit && edits < length && (nearest == NULL || edits < least)) {
			nearest = *names;
			least = edits;
		}
	}
	return nearest;
}
