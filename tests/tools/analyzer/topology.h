/* Answers to topology queries, from a recorded table. */
#ifndef SLUICE_ANALYZER_TOPOLOGY_H
#define SLUICE_ANALYZER_TOPOLOGY_H

#include <stddef.h>

#include "common/err.h"

struct topology;

struct topology_answer {
	int status;
	const char *body;     /* borrowed from the table */
};

int topology_new(struct topology **topology, struct err *err);
/* Adds a file of {"query","status","body"} lines; what is there already stays. */
int topology_load(struct topology *topology, const char *path, struct err *err);
void topology_free(struct topology **topology);
/* The answer to a request's body {"GremlinQuery":"…"}: 200 `[]` when it is not listed, 204 when empty, 400. */
struct topology_answer topology_ask(const struct topology *topology, const char *body, size_t length);

#endif
