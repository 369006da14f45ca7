/* How mistakes are put: the one that matters first, nothing that follows from it, no advice that leads nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

static void an_empty_file_is_said_to_be_empty_before_what_it_lacks(void **state)
{
	static const char *const empty[] = { "", "# nothing yet\n", "---\n", "{}\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct config *config = load_text(empty[i]);

		assert_string_equal(config_problem(config, 0)->message, "the file is empty");
		find_problem(config, "pipeline.subscriber.url", "required");
		config_free(&config);
	}
}

static const char *everything(const char *name)
{
	static const char *const variables[][2] = { { "SKYDIVE_PIPELINE_SUBSCRIBER_URL", "ws://a:1/" },
		{ "SKYDIVE_PIPELINE_STORE_TYPE", "direct" }, { "SKYDIVE_PIPELINE_WRITE_TYPE", "stdout" } };

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(name, variables[i][0]) == 0)
			return variables[i][1];
	}
	return NULL;
}

static void an_empty_file_is_right_when_the_environment_has_everything(void **state)
{
	const struct config_options options = { .environment = everything };
	struct config *config = load_with("# all from the environment\n", &options);

	(void)state;
	assert_int_equal(config_problem_total(config), 0);
	config_free(&config);
}

static void only_the_mistake_is_named_that_the_others_follow_from(void **state)
{
	static const char picture[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	struct config *config;
	struct err err;

	(void)state;
	assert_only_error("- a\n- b\n", "", "type", 1, 1);
	assert_only_error("[1", "", "syntax", 1, 1);
	assert_only_error("just a text\n", "", "type", 1, 1);
	assert_int_equal(config_load(&config, picture, sizeof(picture), NULL, &err), 0);
	assert_int_equal(config_problem_total(config), 1);
	assert_string_equal(config_problem(config, 0)->message, "not a text file");
	config_free(&config);
}

static void anchors_are_reported_once(void **state)
{
	(void)state;
	assert_only_error("host_id: &one x\nanalyzers: &two [*one, *one]\n" GOOD, "", "syntax", 1, 10);
	assert_only_error(GOOD_HEAD "  store: &s\n    type: direct\n  write: *s\n", "pipeline", "syntax", 4, 10);
}

static void what_is_not_closed_comes_first_and_where_it_was_opened(void **state)
{
	static const struct { const char *text; unsigned line, column; const char *said; } cases[] = {
		{ GOOD_HEAD "  classify:\n    cluster_net_masks: [10.0.0.0/8,\n" GOOD_STORE GOOD_WRITE, 5, 24, "the [ here is not closed" },
		{ GOOD_HEAD "  filter: {excluded_tags: x\n" GOOD_STORE GOOD_WRITE, 4, 11, "the { here is not closed" },
		{ GOOD_HEAD "    capture_id: \"x\n" GOOD_STORE GOOD_WRITE, 4, 17, "begins here is still open" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = load_text(cases[i].text);
		const struct config_problem *problem = config_problem(config, 0);

		print_problems(config);
		assert_string_equal(problem->code, "syntax");
		assert_non_null(strstr(problem->message, cases[i].said));
		assert_int_equal(problem->line, cases[i].line);
		assert_int_equal(problem->column, cases[i].column);
		config_free(&config);
	}
}

static void a_default_that_makes_a_field_required_is_called_one(void **state)
{
	struct config *config = load_text(GOOD_HEAD GOOD_WRITE);

	(void)state;
	assert_string_equal(find_problem(config, "pipeline.store.buffered.max_flows_per_object", "required")->message,
		"is missing: pipeline.store.type is buffered (the default)");
	config_free(&config);
	config = load_text(GOOD_HEAD GOOD_WRITE "  store: {type: buffered}\n");
	assert_string_equal(find_problem(config, "pipeline.store.buffered.max_flows_per_object", "required")->message,
		"is missing: pipeline.store.type is buffered");
	config_free(&config);
}

static void suggestions_are_names_that_this_version_has(void **state)
{
	static const struct { const char *yaml, *path, *message, *suggestion; } cases[] = {
		{ "compat: sfo\n" GOOD, "compat", "\"sfo\" must be sfe", "sfe" },
		{ GOOD "  mangle: {type: logstats}\n", "pipeline.mangle.type", "\"logstats\" is not one of none, logstatus, action", "logstatus" },
		{ GOOD "  compress: {type: gzip, gzip: {level: 12}}\n", "pipeline.compress.gzip.level",
		  "\"12\" is not one of auto, fast, 1, 2, 3, 4, 5, 6, 7, 8, 9", "" },
		{ GOOD "  encode: {type: jsn}\n", "pipeline.encode.type", "\"jsn\" is not one of json, csv, text, secadvisor", "json" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = load_text(cases[i].yaml);
		const struct config_problem *problem = find_problem(config, cases[i].path, "value");

		assert_string_equal(problem->message, cases[i].message);
		assert_string_equal(problem->suggestion, cases[i].suggestion);
		config_free(&config);
	}
}

static void a_prefix_with_host_bits_is_taken_masked_with_a_warning(void **state)
{
	struct config *config = load_good(GOOD "  classify: {cluster_net_masks: [10.1.2.3/8, 'fd00:0::1/8', 10.0.0.0/8, 'FD00::/8', "
		"10.1.2.3/32, '::ffff:10.1.0.0/104']}\n");

	(void)state;
	assert_int_equal(config_problem_total(config), 3);
	assert_non_null(strstr(find_problem(config, "pipeline.classify.cluster_net_masks[0]", "value")->message, "10.0.0.0/8"));
	assert_non_null(strstr(find_problem(config, "pipeline.classify.cluster_net_masks[1]", "value")->message, "fd00::/8"));
	assert_int_equal(config_problem_count(config, CONFIG_WARNING), 3);
	config_free(&config);
}

static void variables_are_known_by_field_and_by_skydives_sections(void **state)
{
	static const struct { const char *name; bool known; const char *suggestion; } cases[] = {
		{ "SKYDIVE_HOST_ID", true, "" },
		{ "SKYDIVE_PIPELINE_STORE_BUFFERED_MAX_SECONDS_PER_OBJECT", true, "" },
		{ "SKYDIVE_LOGGING_LEVEL", true, "" },
		{ "SKYDIVE_TLS", true, "" },
		{ "SKYDIVE_TLSX", false, "" },
		{ "SKYDIVE_PIPELINE_SUBSCRIBER_ULR", false, "SKYDIVE_PIPELINE_SUBSCRIBER_URL" },
		{ "SKYDIVE_STORE_BUFFERED_DIRNAME", false, "SKYDIVE_PIPELINE_STORE_BUFFERED_DIRNAME" },
		{ "SKYDIVE_SOMETHING_ELSE_ALTOGETHER", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char suggestion[CONFIG_VARIABLE_SIZE];

		assert_int_equal(config_variable_known(cases[i].name, suggestion), cases[i].known);
		assert_string_equal(suggestion, cases[i].suggestion);
	}
}

static void secrets_that_are_elsewhere_are_warnings_and_stay_as_written(void **state)
{
	const struct config_options options = { .environment = everything, .resolve_secrets = true, .secrets_elsewhere = true };
	struct config *config = load_with("analyzer: {auth: {cluster: {password: '${env:NO_SUCH}'}}}\n", &options);

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 0);
	assert_int_equal(find_problem(config, "analyzer.auth.cluster.password", "secret")->severity, CONFIG_WARNING);
	assert_string_equal(config_pipeline(config)->password, "${env:NO_SUCH}");
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_is_said_to_be_empty_before_what_it_lacks),
		cmocka_unit_test(an_empty_file_is_right_when_the_environment_has_everything),
		cmocka_unit_test(only_the_mistake_is_named_that_the_others_follow_from),
		cmocka_unit_test(anchors_are_reported_once),
		cmocka_unit_test(what_is_not_closed_comes_first_and_where_it_was_opened),
		cmocka_unit_test(a_default_that_makes_a_field_required_is_called_one),
		cmocka_unit_test(suggestions_are_names_that_this_version_has),
		cmocka_unit_test(a_prefix_with_host_bits_is_taken_masked_with_a_warning),
		cmocka_unit_test(variables_are_known_by_field_and_by_skydives_sections),
		cmocka_unit_test(secrets_that_are_elsewhere_are_warnings_and_stay_as_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
