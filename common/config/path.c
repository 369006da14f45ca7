#include "common/config/path.h"

#include <limits.h>
#include <string.h>

bool path_has_part(const char *path, bool (*is)(const char *part, size_t length))
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (is(path, length))
			return true;
		if (path[length] == '\0')
			return false;
		path += length + 1;
	}
}

bool path_part_is_parent(const char *part, size_t length)
{
	return length == 2 && part[0] == '.' && part[1] == '.';
}

static bool is_dots(const char *part, size_t length)
{
	return (length == 1 && part[0] == '.') || path_part_is_parent(part, length);
}

bool path_has_dots(const char *path)
{
	return path_has_part(path, is_dots);
}

static bool is_too_long(const char *part, size_t length)
{
	(void)part;
	return length > NAME_MAX;
}

bool path_has_long_part(const char *path)
{
	return path_has_part(path, is_too_long);
}

bool path_is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	return path[0] == '/' && strncmp(path, folder, length) == 0 && path[length] == '/' && path[length + 1] != '\0' &&
		!path_has_dots(path + length + 1);
}
