/* What the stand's file writer has stored: which flows, and each once. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *seen;                 /* [STAND_FLOWS], for the walk through the files */
static uint64_t seen_count;

static int look_into(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	char *text;
	FILE *file;

	(void)ftw;
	if (type != FTW_F)
		return 0;
	assert_null(strstr(path, ".part"));
	text = malloc((size_t)status->st_size + 1);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, (size_t)status->st_size, file), status->st_size);
	fclose(file);
	text[status->st_size] = '\0';
	for (const char *at = text; (at = strstr(at, "\"UUID\":\"")) != NULL; at++) {
		unsigned long number = strtoul(at + 8, NULL, 16);

		assert_true(number < STAND_FLOWS);
		assert_int_equal(seen[number], 0);
		seen[number] = 1;
		seen_count++;
	}
	free(text);
	return 0;
}

void stand_stored(const struct stand *stand, uint64_t *flows)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/files", stand->folder);
	seen = calloc(STAND_FLOWS, 1);
	seen_count = 0;
	nftw(path, look_into, 16, FTW_PHYS);
	free(seen);
	*flows = seen_count;
}
