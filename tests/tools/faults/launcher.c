/* fault-launcher: stands under the name sluice-worker, or sluice-subscriber, in a test's bin folder and starts the real
 * program with orders for it. sluiced gives its children an empty environment: the orders come from a file beside this one,
 *
 *     sluice-worker.orders.<pipeline>    or, where there is none for this pipeline,    sluice-worker.orders
 *
 * of lines NAME=VALUE. PROGRAM is the executable, the rest its environment (README.md). Descriptors are passed on. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/ipc.h"

enum { LINE_SIZE = 8192, SUFFIX = 9 /* "-" and the eight digits that a spool folder's name of `run` ends with */ };

/* Where a descriptor or this program itself is; "" when that cannot be told. */
static void path_of(const char *link, char *path)
{
	ssize_t length = readlink(link, path, PATH_MAX - 1);

	path[length > 0 ? length : 0] = '\0';
}

/* The pipeline is known by its spool folder; empty: there is none. */
static void pipeline_name(char *name, size_t size)
{
	char link[64], path[PATH_MAX];
	const char *base;
	size_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", FD_SPOOL);
	path_of(link, path);
	base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	length = strlen(base);
	// of a pipeline of serve the folder has its id as its name
	if (length > SUFFIX && base[length - SUFFIX] == '-')
		length -= SUFFIX;
	snprintf(name, size, "%.*s", (int)length, base);
}

static FILE *open_orders(void)
{
	char self[PATH_MAX], name[NAME_MAX], path[2 * PATH_MAX];
	FILE *orders;

	path_of("/proc/self/exe", self);
	pipeline_name(name, sizeof(name));
	snprintf(path, sizeof(path), "%s.orders.%s", self, name);
	orders = fopen(path, "re");
	if (orders == NULL) {
		snprintf(path, sizeof(path), "%s.orders", self);
		orders = fopen(path, "re");
	}
	return orders;
}

int main(int argc, char **argv)
{
	FILE *orders = open_orders();
	char line[LINE_SIZE];

	(void)argc;
	if (orders == NULL) {
		fprintf(stderr, "fault-launcher: there are no orders beside it\n");
		return 1;
	}
	while (fgets(line, sizeof(line), orders) != NULL) {
		char *value = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (value == NULL)
			continue;
		*value++ = '\0';
		setenv(line, value, 1);
	}
	if (getenv("PROGRAM") != NULL)
		execv(getenv("PROGRAM"), argv);
	perror("fault-launcher: PROGRAM");
	return 1;
}
