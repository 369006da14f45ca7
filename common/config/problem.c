#include "common/config/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_SIZE = 512 };

void problems_init(struct problems *problems, struct arena *arena)
{
	*problems = (struct problems){ .arena = arena };
}

bool problems_full(const struct problems *problems)
{
	return problems->count >= PROBLEM_MAX;
}

static bool grow(struct problems *problems)
{
	size_t size = problems->size ? problems->size * 2 : 16;
	struct config_problem *items;

	if (problems->count < problems->size)
		return true;
	items = arena_calloc(problems->arena, size, sizeof(*items));
	if (items == NULL)
		return false;
	if (problems->count > 0)
		memcpy(items, problems->items, problems->count * sizeof(*items));
	problems->items = items;
	problems->size = size;
	return true;
}

static void add(struct problems *problems, const struct problem *problem, const char *message)
{
	const char *suggestion = problem->suggestion != NULL ? problem->suggestion : "";
	struct config_problem *item;

	if (problems_full(problems))
		return;
	if (problems->count == PROBLEM_MAX - 1) {
		message = "too many mistakes: what follows is not shown";
		suggestion = "";
	}
	if (!grow(problems)) {
		problems->no_memory = true;
		return;
	}
	item = &problems->items[problems->count++];
	*item = (struct config_problem){
		.severity = problem->severity, .code = problem->code, .line = problem->line, .column = problem->column,
		.path = arena_strdup(problems->arena, problem->path),
		.message = arena_strdup(problems->arena, message),
		.suggestion = arena_strdup(problems->arena, suggestion),
	};
	if (item->path == NULL || item->message == NULL || item->suggestion == NULL) {
		problems->count--;
		problems->no_memory = true;
	}
}

static void add_formatted(struct problems *problems, const struct problem *problem, const char *format, va_list args)
{
	char message[MESSAGE_SIZE];
	size_t used;

	vsnprintf(message, sizeof(message), format, args);
	used = strlen(message);
	if (problems->variable != NULL)
		snprintf(message + used, sizeof(message) - used, " (from %s)", problems->variable);
	add(problems, problem, message);
}

void problem_add(struct problems *problems, const struct problem *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(problems, problem, format, args);
	va_end(args);
}

void problem_add_first(struct problems *problems, const struct problem *problem, const char *message)
{
	size_t count = problems->count;
	struct config_problem first;

	add(problems, problem, message);
	if (problems->count == count)
		return;
	first = problems->items[count];
	memmove(problems->items + 1, problems->items, count * sizeof(*problems->items));
	problems->items[0] = first;
}

static void add_at_value(struct problems *problems, const struct node *node, struct problem problem, const char *format,
	va_list args)
{
	char path[NODE_PATH_SIZE];

	if (problems_full(problems))
		return;
	problem.path = problems->variable != NULL ? problems->variable_path : path;
	problem.line = node->line;
	problem.column = node->column;
	node_path(node, path);
	add_formatted(problems, &problem, format, args);
}

void problem_at(struct problems *problems, const struct node *node, const char *code, const char *suggestion,
	const char *format, ...)
{
	const struct problem problem = { CONFIG_ERROR, code, NULL, 0, 0, suggestion };
	va_list args;

	va_start(args, format);
	add_at_value(problems, node, problem, format, args);
	va_end(args);
}

void warning_at(struct problems *problems, const struct node *node, const char *code, const char *format, ...)
{
	const struct problem problem = { CONFIG_WARNING, code, NULL, 0, 0, NULL };
	va_list args;

	va_start(args, format);
	add_at_value(problems, node, problem, format, args);
	va_end(args);
}

void problem_at_key(struct problems *problems, const struct node *node, enum config_severity severity,
	const char *code, const char *suggestion, const char *format, ...)
{
	char path[NODE_PATH_SIZE];
	struct problem problem = { severity, code, path, node->key_line, node->key_column, suggestion };
	va_list args;

	if (problems_full(problems))
		return;
	node_path(node, path);
	va_start(args, format);
	add_formatted(problems, &problem, format, args);
	va_end(args);
}

/* By insertion: stable, which qsort is not, and they are at most PROBLEM_MAX, nearly in order. */
void problems_sort(struct problems *problems)
{
	for (size_t i = 1; i < problems->count; i++) {
		struct config_problem item = problems->items[i];
		size_t j = i;

		for (; j > 0; j--) {
			const struct config_problem *before = &problems->items[j - 1];

			if (before->line < item.line || (before->line == item.line && before->column <= item.column))
				break;
			problems->items[j] = *before;
		}
		problems->items[j] = item;
	}
}

const char *problem_quote(char out[static PROBLEM_QUOTE_SIZE], const char *text, size_t length)
{
	enum { LONGEST = PROBLEM_QUOTE_SIZE - 10 };    /* room for an escape, "…" and the quotes */
	size_t used = 0;
	size_t i;

	out[used++] = '"';
	for (i = 0; i < length && used < LONGEST; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x20 || byte == 0x7f)
			used += (size_t)snprintf(out + used, PROBLEM_QUOTE_SIZE - used, "\\x%02x", byte);
		else
			out[used++] = text[i];
	}
	if (i < length) {
		while (used > 1 && ((unsigned char)text[i] & 0xc0) == 0x80) {
			used--;
			i--;
		}
		snprintf(out + used, PROBLEM_QUOTE_SIZE - used, "…\"");
	} else {
		snprintf(out + used, PROBLEM_QUOTE_SIZE - used, "\"");
	}
	return out;
}
