/* Answers to topology queries, from a recorded table, or wrong ones on command. */
#ifndef SLUICE_ANALYZER_TOPOLOGY_H
#define SLUICE_ANALYZER_TOPOLOGY_H

#include <stddef.h>

#include "common/err.h"

struct topology;

/* What is done instead of writing the answer out. */
enum topology_fault { FAULT_NONE, FAULT_NEVER, FAULT_HALF, FAULT_CLOSE };

struct topology_answer {
	int status;
	const char *body;     /* borrowed from the table */
	enum topology_fault fault;
};

int topology_new(struct topology **topology, struct err *err);
/* Adds a file of {"query","status","body"} lines; what is there already stays. */
int topology_load(struct topology *topology, const char *path, struct err *err);
void topology_free(struct topology **topology);
/* The answer to a request's body {"GremlinQuery":"…"}: 200 `[]` when it is not listed, 204 when empty, 400. */
struct topology_answer topology_ask(const struct topology *topology, const char *body, size_t length);

/* How all queries are answered from now on: "ok", "status N", "garbage", "null", "deep N" (arrays in one another), "large
 * BYTES", "never", "half", "close". ERR_INVALID. */
int topology_misbehave(struct topology *topology, const char *how, struct err *err);

#endif
