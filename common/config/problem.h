/* The mistakes found in one configuration. */
#ifndef SLUICE_COMMON_CONFIG_PROBLEM_H
#define SLUICE_COMMON_CONFIG_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/config/config.h"
#include "common/config/tree.h"

enum { PROBLEM_MAX = 500, PROBLEM_QUOTE_SIZE = 80 };

struct problems {
	struct arena *arena;
	struct config_problem *items;
	size_t count, size;
	unsigned lines_before;        /* of what the text is a part of */
	/* while a value from the environment is read: the variable, and the field it is for */
	const char *variable, *variable_path;
	bool no_memory;               /* something could not be stored: config_load fails */
};

/* Where and what kind; path and suggestion are copied, suggestion may be NULL. */
struct problem {
	enum config_severity severity;
	const char *code;             /* static */
	const char *path;
	unsigned line, column;
	const char *suggestion;
};

void problems_init(struct problems *problems, struct arena *arena);
/* Nothing more is kept: spare the work for it. The last one kept says that there are more. */
bool problems_full(const struct problems *problems);
void problem_add(struct problems *problems, const struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Before all that are there. */
void problem_add_first(struct problems *problems, const struct problem *problem, const char *message);
/* An error at a node's value, a warning there, and either at its key. */
void problem_at(struct problems *problems, const struct node *node, const char *code, const char *suggestion,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
void warning_at(struct problems *problems, const struct node *node, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void problem_at_key(struct problems *problems, const struct node *node, enum config_severity severity,
	const char *code, const char *suggestion, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* In order of position; those of one position as they were added. */
void problems_sort(struct problems *problems);

/* A value as it may stand in a message: in quotes, control characters escaped, cut. Never for a secret. */
const char *problem_quote(char out[static PROBLEM_QUOTE_SIZE], const char *text, size_t length);

#endif
