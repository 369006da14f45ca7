/* What no configuration may have: too much text, too much depth, anchors and aliases, a key twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

/* GOOD, made `length` bytes long by a comment. */
static char *padded(size_t length)
{
	char *text = malloc(length + 1);

	assert_non_null(text);
	memset(text, '#', length);
	text[length] = '\0';
	memcpy(text, GOOD, strlen(GOOD));
	return text;
}

static void sixty_four_kilobytes_are_taken_and_one_byte_more_is_not(void **state)
{
	char *text = padded(CONFIG_TEXT_MAX);

	(void)state;
	assert_no_error(text);
	free(text);
	text = padded(CONFIG_TEXT_MAX + 1);
	assert_only_error(text, "", "limit", 1, 1);
	free(text);
}

/* A value with `depth` sections around it, the document's own map included. */
static const char *nested(unsigned depth, const char *open, const char *close)
{
	static char text[1024];
	size_t used = (size_t)snprintf(text, sizeof(text), "logging: ");

	for (unsigned i = 1; i < depth; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", open);
	for (unsigned i = 1; i < depth; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", close);
	snprintf(text + used, sizeof(text) - used, "\n%s", GOOD);
	return text;
}

static bool too_deep(const char *text)
{
	struct config *config = load_text(text);
	bool found = false;

	for (size_t i = 0; i < config_problem_total(config); i++)
		found = found || strcmp(config_problem(config, i)->code, "limit") == 0;
	config_free(&config);
	return found;
}

static void thirty_two_levels_are_taken_and_one_more_is_not(void **state)
{
	(void)state;
	assert_false(too_deep(nested(CONFIG_DEPTH_MAX, "[", "]")));
	assert_true(too_deep(nested(CONFIG_DEPTH_MAX + 1, "[", "]")));
	assert_false(too_deep(nested(CONFIG_DEPTH_MAX, "{a: ", "}")));
	assert_true(too_deep(nested(CONFIG_DEPTH_MAX + 1, "{a: ", "}")));
}

static void anchors_aliases_and_tags_are_refused_where_they_stand(void **state)
{
	struct config *config = load_text("host_id: &id edge\nanalyzers: [*id]\n" GOOD);

	(void)state;
	assert_problem(config, "", "syntax", 1, 10);
	/* once, at the first: what follows from it is no news */
	config_free(&config);
	config = load_text("host_id: !!str edge\n" GOOD);
	assert_problem(config, "", "syntax", 1, 10);
	config_free(&config);
	config = load_text("host_id: a\n" GOOD "  <<: *defaults\n");
	assert_true(config_problem_count(config, CONFIG_ERROR) > 0);
	config_free(&config);
}

static void a_key_that_is_there_twice_is_refused_where_it_repeats(void **state)
{
	(void)state;
	assert_only_error("host_id: a\nhost_id: b\n" GOOD, "host_id", "duplicate_key", 2, 1);
	assert_only_error(GOOD "    type: stdout\n", "pipeline.write.type", "duplicate_key", 8, 5);
	assert_only_error("{\"host_id\": \"a\", \"host_id\": \"b\", \"pipeline\": {\"subscriber\": {\"url\": \"ws://a:1/\"}, \"store\": "
		"{\"type\": \"direct\"}, \"write\": {\"type\": \"stdout\"}}}", "host_id", "duplicate_key", 1, 18);
}

#define BYTES_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A record has room for as much of a node. */
static void a_node_id_longer_than_a_record_can_have_is_refused(void **state)
{
	struct config *config = load_good(GOOD "  transform: {type: vpclogs}\n  mangle: {type: action}\n  action: {tid1: " BYTES_63
		", tid2: b}\n");

	(void)state;
	config_free(&config);
	assert_only_error(GOOD "  transform: {type: vpclogs}\n  mangle: {type: action}\n  action: {tid1: " BYTES_63 "a, tid2: b}\n",
		"pipeline.action.tid1", "range", 10, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixty_four_kilobytes_are_taken_and_one_byte_more_is_not),
		cmocka_unit_test(thirty_two_levels_are_taken_and_one_more_is_not),
		cmocka_unit_test(anchors_aliases_and_tags_are_refused_where_they_stand),
		cmocka_unit_test(a_key_that_is_there_twice_is_refused_where_it_repeats),
		cmocka_unit_test(a_node_id_longer_than_a_record_can_have_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
