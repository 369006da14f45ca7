/* Any request target: each method finds a route with names that are names, or none. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/router.h"
#include "api/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
	if (name[0] == '\0' || strcmp(name, API_TENANT_HIDDEN) == 0 || text_is_name(name, strlen(name)))
		return;
	fprintf(stderr, "a name that is none: %s\n", name);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *target = malloc(size + 1);

	memcpy(target, data, size);
	target[size] = '\0';
	for (int method = 0; method < METHOD_COUNT; method++) {
		struct route_match match;

		if (!route_find(api_routes, (enum method)method, target, &match))
			continue;
		check_name(match.tenant);
		check_name(match.name);
		if (match.file[0] != '\0' && !text_is_file_name(match.file, strlen(match.file)))
			abort();
		if (match.route != NULL && !(match.allowed & 1u << match.route->method))
			abort();
	}
	free(target);
	return 0;
}
