#include "common/config/path.h"

#include <string.h>

static bool has_dots(const char *path)
{
	for (; *path != '\0'; path += strcspn(path, "/"), path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");

		if ((length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return true;
	}
	return false;
}

bool path_is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	return path[0] == '/' && strncmp(path, folder, length) == 0 && path[length] == '/' && path[length + 1] != '\0' &&
		!has_dots(path + length + 1);
}
