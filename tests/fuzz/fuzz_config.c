/* Any bytes: a configuration loads with its mistakes in order and printable; one without errors, written out as YAML or
 * JSON, reads back as the same. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "tests/fuzz/check.h"

enum { OUTPUT_MAX = 4 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

static void check_problems(const struct config *config)
{
	const struct config_problem *before = NULL;

	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		check(problem->line > 0 && problem->column > 0, "a problem without a place");
		check(before == NULL || before->line < problem->line ||
			(before->line == problem->line && before->column <= problem->column), "problems out of order");
		check(is_printable(problem->path) && is_printable(problem->message) && is_printable(problem->suggestion),
			"a problem that cannot be printed");
		before = problem;
	}
}

static void write_out(const struct config *config, enum config_form form, struct buffer *out)
{
	buffer_init(out, OUTPUT_MAX);
	check(config_effective(config, form, false, out) == 0, "cannot be written out");
}

/* What was written in one form, read and written again in another, equals what is written in that form at once. */
static void check_written(const struct config *config, enum config_form from, enum config_form to)
{
	struct buffer first, second, expected;
	struct config *again;

	write_out(config, from, &first);
	write_out(config, to, &expected);
	check(config_load_effective(&again, first.bytes, first.length, NULL) == 0, "no memory");
	check(config_problem_count(again, CONFIG_ERROR) == 0, "what was written has errors");
	write_out(again, to, &second);
	check(second.length == expected.length && memcmp(second.bytes, expected.bytes, second.length) == 0,
		"what was written reads back as something else");
	config_free(&again);
	buffer_fini(&first);
	buffer_fini(&second);
	buffer_fini(&expected);
}

static void check_json(const struct config *config)
{
	struct buffer text;
	json_t *json;

	write_out(config, CONFIG_JSON, &text);
	json = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, NULL);
	check(json != NULL, "what was written as JSON is none");
	json_decref(json);
	buffer_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;

	check(config_load(&config, (const char *)data, size, NULL, NULL) == 0, "no memory");
	check_problems(config);
	if (config_problem_count(config, CONFIG_ERROR) == 0) {
		check_written(config, CONFIG_YAML, CONFIG_JSON);
		check_written(config, CONFIG_JSON, CONFIG_YAML);
		check_json(config);
	}
	config_free(&config);
	return 0;
}
