#include "api/tools/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 24 };

char *tool_read(const char *path, size_t max, size_t *length)
{
	FILE *file = fopen(path, "r");
	char *bytes = malloc(max + 1);
	bool whole = false;

	*length = 0;
	if (file != NULL && bytes != NULL) {
		*length = fread(bytes, 1, max + 1, file);
		whole = !ferror(file) && *length <= max;
	}
	if (!whole) {
		fprintf(stderr, "%s: %s\n", path, *length > max ? "it is too large" : strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

void tool_print_array(FILE *file, const char *name, bool is_static, const char *bytes, size_t length)
{
	fprintf(file, "%sconst char %s[] = {", is_static ? "static " : "", name);
	for (size_t i = 0; i < length; i++)
		fprintf(file, "%s%d,", i % LINE == 0 ? "\n\t" : " ", (signed char)bytes[i]);
	fprintf(file, "\n};\n");
}
