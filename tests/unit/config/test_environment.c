/* SKYDIVE_… variables override fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

struct variable {
	const char *name, *value;
};

static const struct variable *variables;        /* ended by a NULL name */

static const char *environment(const char *name)
{
	for (const struct variable *variable = variables; variable->name != NULL; variable++) {
		if (strcmp(variable->name, name) == 0)
			return variable->value;
	}
	return NULL;
}

static struct config *load_under(const struct variable *set, const char *text)
{
	const struct config_options options = { .environment = environment };

	variables = set;
	return load_with(text, &options);
}

static struct config *load_good_under(const struct variable *set, const char *text)
{
	struct config *config = load_under(set, text);

	if (config_problem_total(config) > 0) {
		print_problems(config);
		fail_msg("problems");
	}
	return config;
}

static void a_variable_wins_over_the_file_and_the_file_over_the_default(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_HOST_ID", "from-environment" },
		{ "SKYDIVE_PIPELINE_SUBSCRIBER_SILENCE_TIMEOUT", "7" }, { "SKYDIVE_ANALYZER_TLS_VERIFY", "false" }, { NULL, NULL } };
	static const struct variable nothing[] = { { NULL, NULL } };
	static const char text[] = "host_id: from-file\n" GOOD;
	struct config *config = load_good_under(nothing, text);

	(void)state;
	assert_string_equal(config_pipeline(config)->host_id, "from-file");
	assert_int_equal(config_pipeline(config)->subscriber.silence_timeout, 60);
	config_free(&config);
	config = load_good_under(set, text);
	assert_string_equal(config_pipeline(config)->host_id, "from-environment");
	assert_int_equal(config_pipeline(config)->subscriber.silence_timeout, 7);
	assert_false(config_pipeline(config)->tls.verify);
	config_free(&config);
}

static void a_list_is_split_at_white_space(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_PIPELINE_FILTER_EXCLUDED_TAGS", "other \t egress" },
		{ "SKYDIVE_PIPELINE_CLASSIFY_CLUSTER_NET_MASKS", " 10.0.0.0/8  fd00::/8 " }, { "SKYDIVE_ANALYZERS", "a:1 b:2" },
		{ NULL, NULL } };
	struct config *config = load_good_under(set, GOOD "  filter: {excluded_tags: [internal]}\n");
	const struct pipeline_config *pipeline = config_pipeline(config);

	(void)state;
	assert_int_equal(pipeline->excluded_tags, 1u << TAG_OTHER | 1u << TAG_EGRESS);
	assert_int_equal(pipeline->classify.cluster_net_masks.count, 2);
	assert_int_equal(pipeline->analyzers.count, 2);
	assert_string_equal(pipeline->analyzers.items[1], "b:2");
	config_free(&config);
}

static void an_empty_variable_is_none(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_HOST_ID", "" },
		{ "SKYDIVE_PIPELINE_FILTER_EXCLUDED_TAGS", "" }, { "SKYDIVE_PIPELINE_STORE_TYPE", "" }, { NULL, NULL } };
	struct config *config = load_good_under(set, "host_id: from-file\n" GOOD "  filter: {excluded_tags: [internal]}\n");

	(void)state;
	assert_string_equal(config_pipeline(config)->host_id, "from-file");
	assert_int_equal(config_pipeline(config)->excluded_tags, 1u << TAG_INTERNAL);
	config_free(&config);
}

static void variables_alone_can_make_a_configuration(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_PIPELINE_SUBSCRIBER_URL", "ws://a:1/" },
		{ "SKYDIVE_PIPELINE_STORE_TYPE", "direct" }, { "SKYDIVE_PIPELINE_WRITE_TYPE", "file" },
		{ "SKYDIVE_PIPELINE_WRITE_FILE_ROOT", "/out" }, { NULL, NULL } };
	struct config *config = load_good_under(set, "pipeline:\n");

	(void)state;
	assert_string_equal(config_pipeline(config)->write.file_root, "/out");
	config_free(&config);
}

static void a_wrong_value_is_reported_with_the_variable_s_name(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_PIPELINE_FILTER_EXCLUDED_TAGS", "other inside" },
		{ "SKYDIVE_PIPELINE_SUBSCRIBER_SILENCE_TIMEOUT", "soon" }, { NULL, NULL } };
	struct config *config = load_under(set, GOOD);

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 2);
	for (size_t i = 0; i < 2; i++)
		assert_non_null(strstr(config_problem(config, i)->message, set[i].name));
	config_free(&config);
}

static void a_variable_of_no_field_is_passed_over(void **state)
{
	static const struct variable set[] = { { "SKYDIVE_PIPELINE_STORE_BUFFERED_BUCKET", "b" }, { NULL, NULL } };
	struct config *config = load_good_under(set, GOOD);

	(void)state;
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_wins_over_the_file_and_the_file_over_the_default),
		cmocka_unit_test(a_list_is_split_at_white_space),
		cmocka_unit_test(an_empty_variable_is_none),
		cmocka_unit_test(variables_alone_can_make_a_configuration),
		cmocka_unit_test(a_wrong_value_is_reported_with_the_variable_s_name),
		cmocka_unit_test(a_variable_of_no_field_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
