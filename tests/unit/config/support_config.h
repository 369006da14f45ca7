/* Loading configurations in tests, and asserting what was found. */
#ifndef SLUICE_TESTS_UNIT_CONFIG_SUPPORT_CONFIG_H
#define SLUICE_TESTS_UNIT_CONFIG_SUPPORT_CONFIG_H

#include "common/config/config.h"

/* A configuration without mistakes, to which a test appends what it is about (two blanks: a section of pipeline). */
#define GOOD_HEAD \
	"pipeline:\n" \
	"  subscriber:\n" \
	"    url: ws://analyzer:8082/ws/subscriber/flow\n"
#define GOOD_STORE \
	"  store:\n" \
	"    type: direct\n"
#define GOOD_WRITE \
	"  write:\n" \
	"    type: stdout\n"
#define GOOD GOOD_HEAD GOOD_STORE GOOD_WRITE

/* Each loads or fails the test; the caller frees. */
struct config *load_text(const char *text);
struct config *load_with(const char *text, const struct config_options *options);
/* A file of tests/data/config. */
struct config *load_file(const char *name);
/* As load_text; fails the test when there is an error. */
struct config *load_good(const char *text);

const struct config_problem *find_problem(const struct config *config, const char *path, const char *code);
void assert_problem(const struct config *config, const char *path, const char *code, unsigned line, unsigned column);
/* The text has exactly this one error, at this place. */
void assert_only_error(const char *text, const char *path, const char *code, unsigned line, unsigned column);
void assert_no_error(const char *text);
/* Everything that was reported, one a line, is printed; for messages. */
void print_problems(const struct config *config);

#endif
