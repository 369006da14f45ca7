/* The longest that checking 64 KB takes, over inputs made to be slow: ms, the median of some rounds each. The aim is
 * 50 ms for any input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/config/config.h"

enum { ROUNDS = 5 };

static char text[CONFIG_TEXT_MAX];
static size_t length;

static void begin(const char *head)
{
	length = strlen(head);
	memcpy(text, head, length);
}

/* Repeats a piece, in which %zu is its number, until the text is full but for `tail`. */
static void fill(const char *piece, const char *tail)
{
	char bytes[128];

	for (size_t i = 0;; i++) {
		int size = snprintf(bytes, sizeof(bytes), piece, i);

		if (length + (size_t)size + strlen(tail) > sizeof(text))
			break;
		memcpy(text + length, bytes, (size_t)size);
		length += (size_t)size;
	}
	memcpy(text + length, tail, strlen(tail));
	length += strlen(tail);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double measure(size_t *problems)
{
	double rounds[ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now_ms();
		struct config *config;

		if (config_load(&config, text, length, NULL, NULL) != 0)
			abort();
		*problems = config_problem_total(config);
		config_free(&config);
		rounds[round] = now_ms() - start;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	return rounds[ROUNDS / 2];
}

int main(void)
{
	static const struct { const char *name, *head, *piece, *tail; } inputs[] = {
		{ "distinct unknown keys", "", "k%zx:\n", "" },
		{ "distinct unknown keys near a name", "pipeline:\n  store:\n    buffered:\n", "      max_flows_per_objec%zx: 1\n", "" },
		{ "the same key", "", "a:\n", "" },
		{ "keys with a long common beginning", "{", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%zx: 1,", "}" },
		{ "shortest keys in one line", "{", "a,", "}" },
		{ "keys in one section, descending", "{pipeline: {", "?%zx,", "}}" },
		{ "a list of nothing", "analyzers: [", "a,", "]" },
		{ "prefixes", "pipeline: {classify: {cluster_net_masks: [", "\"::/0\",", "]}}" },
		{ "prefixes that are none", "pipeline: {classify: {cluster_net_masks: [", "x,", "]}}" },
		{ "tags in one text", "pipeline: {filter: {excluded_tags: ", "egress ", "}}" },
		{ "opening brackets", "", "[", "" },
		{ "opening braces", "", "{a: ", "" },
		{ "dashes", "", "- ", "" },
		{ "question marks", "", "? ", "" },
		{ "pairs of brackets", "[", "[],", "]" },
		{ "nested pairs", "[", "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]],", "]" },
		{ "deeper and deeper", "", "a%zx: {", "" },
		{ "aliases", "[", "*a,", "]" },
		{ "anchors", "[", "&a b,", "]" },
		{ "tags", "[", "!!str b,", "]" },
		{ "tag directives", "", "%%TAG !%zx! x\n", "---\na: 1\n" },
		{ "documents", "", "---\n", "" },
		{ "document ends", "", "...\n", "" },
		{ "comments", "", "#\n", "" },
		{ "line breaks", "", "\n", "" },
		{ "one text of many lines", "a: ", " b\n", "" },
		{ "one quoted text of empty lines", "a: \"", "\n", "\"" },
		{ "one quoted text of escapes", "a: \"", "\\u00e4", "\"" },
		{ "one block of lines", "a: |\n", "  b\n", "" },
		{ "one long text", "a: ", "b", "" },
		{ "one long key", "", "b", ": 1" },
		{ "surrogate pairs", "{\"a\":\"", "\\ud83d\\ude00", "\"}" },
		{ "colons", "", ":", "" },
		{ "commas", "[", "a\t,", "]" },
		{ "flow keys that are lists", "{", "[a]: b,", "}" },
		{ "keys over many lines", "", "? a\n: b\n", "" },
	};
	double worst = 0;
	const char *name = "";

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		size_t problems;
		double spent;

		begin(inputs[i].head);
		fill(inputs[i].piece, inputs[i].tail);
		spent = measure(&problems);
		printf("check   %-36s %6.2f ms   %zu problems\n", inputs[i].name, spent, problems);
		if (spent > worst) {
			worst = spent;
			name = inputs[i].name;
		}
	}
	printf("check   worst: %.2f ms (%s), aim 50 ms\n", worst, name);
	return 0;
}
