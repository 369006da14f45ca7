/* What is wrong with a configuration, where, and what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

static void ten_mistakes_are_all_named_with_their_places(void **state)
{
	static const struct config_problem expected[] = {
		{ CONFIG_ERROR, "unknown_key", "host_idd", 2, 1, "", "host_id" },
		{ CONFIG_ERROR, "unknown_key", "analyzer.auth.cluster.pasword", 9, 7, "", "password" },
		{ CONFIG_ERROR, "value", "pipeline.subscriber.url", 12, 10, "", "" },
		{ CONFIG_ERROR, "value", "pipeline.classify.cluster_net_masks[1]", 16, 9, "", "" },
		{ CONFIG_ERROR, "value", "pipeline.filter.excluded_tags[1]", 18, 28, "", "internal" },
		{ CONFIG_ERROR, "value", "pipeline.transform.type", 20, 11, "", "secadvisor" },
		{ CONFIG_ERROR, "unknown_key", "pipeline.store.buffered.bucket", 23, 7, "", "pipeline.store.buffered.dirname" },
		{ CONFIG_ERROR, "type", "pipeline.store.buffered.max_flows_per_object", 24, 29, "", "" },
		{ CONFIG_ERROR, "range", "pipeline.store.buffered.max_flow_array_size", 25, 28, "", "" },
		{ CONFIG_ERROR, "required", "pipeline.write.file.root", 26, 3, "", "" },
	};
	struct config *config = load_file("wrong-ten-mistakes.yml");

	(void)state;
	print_problems(config);
	assert_int_equal(config_problem_total(config), 10);
	for (size_t i = 0; i < 10; i++) {
		const struct config_problem *problem = config_problem(config, i);

		assert_string_equal(problem->path, expected[i].path);
		assert_string_equal(problem->code, expected[i].code);
		assert_int_equal(problem->line, expected[i].line);
		assert_int_equal(problem->column, expected[i].column);
		assert_string_equal(problem->suggestion, expected[i].suggestion);
		assert_null(strstr(problem->message, "tiger"));
	}
	config_free(&config);
}

static void names_known_from_elsewhere_are_understood(void **state)
{
	static const struct { const char *yaml, *path, *suggestion; } cases[] = {
		{ "subscriber_url: x\n" GOOD, "subscriber_url", "pipeline.subscriber.url" },
		{ "store: {}\n" GOOD, "store", "pipeline.store" },
		{ "Host_ID: x\n" GOOD, "Host_ID", "host_id" },
		{ GOOD "    bucket: x\n", "pipeline.write.bucket", "pipeline.store.buffered.dirname" },
		{ GOOD "    s3: {secret_access_key: x}\n", "pipeline.write.s3.secret_access_key", "pipeline.write.s3.secret_key" },
		{ GOOD "  filename_prefix: x\n", "pipeline.filename_prefix", "pipeline.store.buffered.filename_prefix" },
		{ GOOD "  analyzer: {subscriber_url: x}\n", "pipeline.analyzer", "pipeline.subscriber" },
		{ GOOD "  logstatus: {interval: 60}\n", "pipeline.logstatus", "pipeline.mangle.logstatus" },
		{ GOOD "  compat: sfe\n", "pipeline.compat", "compat" },
		{ GOOD "  account: {file: {path: x}}\n", "pipeline.account.file.path", "pipeline.account.file.filename" },
		{ GOOD "  tranform: {}\n", "pipeline.tranform", "transform" },
		{ GOOD "  zzzzzzzzzz: {}\n", "pipeline.zzzzzzzzzz", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = load_text(cases[i].yaml);

		assert_string_equal(find_problem(config, cases[i].path, "unknown_key")->suggestion, cases[i].suggestion);
		assert_int_equal(config_problem_count(config, CONFIG_ERROR), 1);
		config_free(&config);
	}
}

static void skydives_own_sections_are_a_warning(void **state)
{
	struct config *config = load_good("logging: {level: LOUD}\nagent: 1\nflow: []\netcd: x\nstorage:\ntls: {a: b}\n" GOOD);

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_WARNING), 6);
	assert_problem(config, "flow", "ignored", 3, 1);
	config_free(&config);
	assert_only_error(GOOD "  logging: {}\n", "pipeline.logging", "unknown_key", 8, 3);
}

static void values_of_the_wrong_kind_are_refused(void **state)
{
	(void)state;
	assert_only_error("host_id: [a]\n" GOOD, "host_id", "type", 1, 10);
	assert_only_error("analyzer: 5\n" GOOD, "analyzer", "type", 1, 11);
	assert_only_error("analyzers: {a: b}\n" GOOD, "analyzers", "type", 1, 12);
	assert_only_error("analyzers: [a:1, [b:2]]\n" GOOD, "analyzers[1]", "type", 1, 18);
	assert_only_error("analyzers: ['a:1', '']\n" GOOD, "analyzers[1]", "value", 1, 20);
	assert_only_error("analyzer: {tls: {verify: maybe}}\n" GOOD, "analyzer.tls.verify", "type", 1, 26);
	assert_only_error("host_id: \"a\\nb\"\n" GOOD, "host_id", "value", 1, 10);
	assert_only_error("host_id: \"a\\0b\"\n" GOOD, "host_id", "value", 1, 10);
	assert_only_error("analyzer: {auth: {cluster: {username: 'a:b'}}}\n" GOOD, "analyzer.auth.cluster.username", "value",
		1, 39);
}

static void numbers_keep_to_their_limits(void **state)
{
	static const struct { const char *value, *code, *suggestion; } cases[] = {
		{ "-1", "range", "" }, { "2147483648", "range", "" }, { "99999999999999999999", "range", "" },
		{ "60s", "type", "60" }, { "1.5", "type", "" }, { "010", "type", "" }, { "0x10", "type", "" },
		{ "1e3", "type", "" }, { "'6 0'", "type", "" }, { "-", "type", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		struct config *config;

		snprintf(text, sizeof(text), GOOD_HEAD "    silence_timeout: %s\n" GOOD_STORE GOOD_WRITE, cases[i].value);
		if (strcmp(cases[i].value, "-") == 0)
			snprintf(text, sizeof(text), GOOD_HEAD "    silence_timeout: '-'\n" GOOD_STORE GOOD_WRITE);
		config = load_text(text);
		assert_string_equal(find_problem(config, "pipeline.subscriber.silence_timeout", cases[i].code)->suggestion,
			cases[i].suggestion);
		config_free(&config);
	}
	assert_no_error(GOOD_HEAD "    silence_timeout: 2147483647\n" GOOD_STORE GOOD_WRITE);
	assert_no_error(GOOD_HEAD "    silence_timeout: \"5\"\n" GOOD_STORE GOOD_WRITE);
}

static void a_url_is_checked_without_being_repeated(void **state)
{
	static const char *const wrong[] = { "analyzer:8082", "http://a/", "ws://", "ws://:1/", "ws://a:0/", "ws://a:65536/",
		"ws://a:port/", "ws://a:/", "ws://user:tiger@a/", "ws://a b/", "'ws://[::1/'", "'ws://[::g]/'", "ws://::1/",
		"'ws://a/#x'", "'ws://[::1]x/'", "'ws://a/b|c'", "'ws://a/b\\c'", "'ws://a/<b>'", "'ws://a/\xc3\xa4'" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[256];
		struct config *config;

		snprintf(text, sizeof(text), "pipeline:\n  subscriber:\n    url: %s\n" GOOD_STORE GOOD_WRITE, wrong[i]);
		config = load_text(text);
		assert_null(strstr(find_problem(config, "pipeline.subscriber.url", "value")->message, "tiger"));
		assert_int_equal(config_problem_count(config, CONFIG_ERROR), 1);
		config_free(&config);
	}
}

static void a_name_that_no_folder_can_have_is_an_error_where_objects_are_files(void **state)
{
	char name[257], text[2048];
	struct config *config;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	snprintf(text, sizeof(text), GOOD_HEAD "  store:\n    buffered:\n      filename_prefix: a/%s/b\n"
		"      max_flows_per_object: 1\n      max_flow_array_size: 1\n  write:\n    type: file\n    file:\n      root: /tmp/%s\n",
		name, name);
	config = load_text(text);
	find_problem(config, "pipeline.store.buffered.filename_prefix", "value");
	find_problem(config, "pipeline.write.file.root", "value");
	config_free(&config);
}

static void addresses_and_prefixes_are_checked_one_by_one(void **state)
{
	struct config *config = load_text(
		"analyzers: [a, 'a:0', 'ws://a:1', 'a:1', 'http://a']\n" GOOD
		"  classify: {cluster_net_masks: [10.0.0.1, 10.0.0.0/33, 'fd00::/129', a/8, 10.0.0.0/8, '::1', 010.0.0.0/8]}\n");

	(void)state;
	assert_problem(config, "analyzers[0]", "value", 1, 13);
	assert_problem(config, "analyzers[1]", "value", 1, 16);
	assert_problem(config, "analyzers[2]", "value", 1, 23);
	assert_string_equal(find_problem(config, "pipeline.classify.cluster_net_masks[0]", "value")->suggestion, "10.0.0.1/32");
	assert_problem(config, "pipeline.classify.cluster_net_masks[1]", "value", 9, 44);
	find_problem(config, "pipeline.classify.cluster_net_masks[2]", "value");
	find_problem(config, "pipeline.classify.cluster_net_masks[3]", "value");
	assert_string_equal(find_problem(config, "pipeline.classify.cluster_net_masks[5]", "value")->suggestion, "::1/128");
	find_problem(config, "pipeline.classify.cluster_net_masks[6]", "value");
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 9);
	config_free(&config);
}

static void a_missing_field_is_reported_at_what_is_there(void **state)
{
	(void)state;
	assert_only_error("host_id: a\npipeline:\n  filter:\n" GOOD_STORE GOOD_WRITE, "pipeline.subscriber.url", "required", 2, 1);
	assert_only_error("pipeline:\n  subscriber:\n    capture_id: x\n" GOOD_STORE GOOD_WRITE, "pipeline.subscriber.url",
		"required", 2, 3);
	assert_only_error("pipeline:\n  subscriber:\n    url:\n" GOOD_STORE GOOD_WRITE, "pipeline.subscriber.url",
		"required", 3, 5);
	assert_only_error(GOOD_HEAD GOOD_STORE "  write: {type: file}\n", "pipeline.write.file.root", "required", 6, 3);
	assert_only_error(GOOD_HEAD "  store: {buffered: {max_flows_per_object: 1}}\n" GOOD_WRITE,
		"pipeline.store.buffered.max_flow_array_size", "required", 4, 11);
	assert_only_error(GOOD_HEAD "  store: {buffered: {max_flow_array_size: 1}}\n" GOOD_WRITE,
		"pipeline.store.buffered.max_flows_per_object", "required", 4, 11);
	assert_only_error("analyzer: {tls: {cert_file: a}}\n" GOOD, "analyzer.tls.key_file", "required", 1, 12);
}

static void parts_of_a_key_do_not_lead_upwards(void **state)
{
	(void)state;
	assert_only_error(GOOD_HEAD GOOD_STORE "    buffered: {filename_prefix: a/../b}\n" GOOD_WRITE,
		"pipeline.store.buffered.filename_prefix", "value", 6, 33);
	assert_only_error(GOOD_HEAD GOOD_STORE "    buffered: {dirname: ..}\n" GOOD_WRITE,
		"pipeline.store.buffered.dirname", "value", 6, 25);
	assert_no_error(GOOD_HEAD GOOD_STORE "    buffered: {dirname: ..a, filename_prefix: a/.b/c..}\n" GOOD_WRITE);
}

static void an_array_smaller_than_an_object_is_a_warning(void **state)
{
	struct config *config = load_file("valid-syn-cut-array-100.yml");

	(void)state;
	assert_int_equal(find_problem(config, "pipeline.store.buffered.max_flow_array_size", "range")->severity,
		CONFIG_WARNING);
	config_free(&config);
}

static void what_has_no_effect_is_a_warning(void **state)
{
	struct config *config = load_good(GOOD_HEAD "  store: {type: prom_sky_con, prom_sky_con: {port: 9100}}\n"
		"  encode: {type: json}\n  compress: {type: gzip}\n  account: {type: file, file: {filename: /a}}\n" GOOD_WRITE);

	(void)state;
	assert_problem(config, "pipeline.encode", "unused", 5, 3);
	assert_problem(config, "pipeline.compress", "unused", 6, 3);
	assert_problem(config, "pipeline.account", "unused", 7, 3);
	assert_problem(config, "pipeline.write", "unused", 8, 3);
	config_free(&config);
	config = load_good(GOOD_HEAD "  store: {buffered: {dirname: b, max_flows_per_object: 1, max_flow_array_size: 1}}\n"
		"  write:\n    s3: {endpoint: 'http://a', region: r, access_key: a, secret_key: b, iam_endpoint: 'http://b'}\n");
	assert_problem(config, "pipeline.write.s3.iam_endpoint", "unused", 6, 87);
	assert_int_equal(config_problem_total(config), 1);
	config_free(&config);
}

static void long_lists_of_mistakes_end(void **state)
{
	char text[20000] = "";
	size_t used = 0;
	struct config *config;

	(void)state;
	for (int i = 0; i < 1500; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "key%d: 1\n", i);
	config = load_text(text);
	assert_int_equal(config_problem_total(config), 500);
	assert_non_null(strstr(config_problem(config, 499)->message, "not shown"));
	config_free(&config);
}

static void fields_are_known_whatever_is_wrong_elsewhere(void **state)
{
	static const struct { const char *text, *path; bool known; } cases[] = {
		{ GOOD, "host_id", true },
		{ GOOD, "pipeline.write.type", true },
		{ "host_id: edge\n" GOOD "  filter: {excluded_tags: 5, x: 1}\n", "host_id", true },
		{ "host_id: edge\n" GOOD "  filter: {excluded_tags: [5]}\n", "pipeline.write.type", true },
		{ "host_id: [edge]\n" GOOD, "host_id", false },
		{ "host_id: [edge]\n" GOOD, "pipeline.write.type", true },
		/* a default is what was meant, unless a key may be it misspelled */
		{ GOOD "  filter: {x: 1}\n", "host_id", true },
		{ "hostid: edge\n" GOOD, "host_id", false },
		{ "hostid: edge\n" GOOD, "pipeline.write.type", true },
		{ GOOD_HEAD GOOD_STORE "  write: {tipe: file}\n", "pipeline.write.type", false },
		{ GOOD_HEAD GOOD_STORE "  wirte: {type: file}\n", "pipeline.write.type", false },
		{ GOOD_HEAD GOOD_STORE "  wirte: {type: file}\n", "pipeline.store.type", true },
		/* the section itself */
		{ GOOD_HEAD GOOD_STORE "  write: file\n", "pipeline.write.type", false },
		{ "pipeline: [\n", "host_id", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = load_text(cases[i].text);

		if (config_known(config, cases[i].path) != cases[i].known)
			fail_msg("%s is %sknown of:\n%s", cases[i].path, cases[i].known ? "not " : "", cases[i].text);
		config_free(&config);
	}
}

static void nearest_finds_what_was_meant(void **state)
{
	static const char *const names[] = { "dirname", "filename_prefix", "max_flows_per_object", "type", NULL };

	(void)state;
	assert_string_equal(config_nearest("dirnam", names), "dirname");
	assert_string_equal(config_nearest("DirName", names), "dirname");
	assert_string_equal(config_nearest("max_flow_per_objects", names), "max_flows_per_object");
	assert_string_equal(config_nearest("tpye", names), "type");
	assert_null(config_nearest("bucket", names));
	assert_null(config_nearest("", names));
	assert_null(config_nearest("a_name_that_is_far_longer_than_any_that_there_could_be", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_mistakes_are_all_named_with_their_places),
		cmocka_unit_test(names_known_from_elsewhere_are_understood),
		cmocka_unit_test(skydives_own_sections_are_a_warning),
		cmocka_unit_test(values_of_the_wrong_kind_are_refused),
		cmocka_unit_test(numbers_keep_to_their_limits),
		cmocka_unit_test(a_url_is_checked_without_being_repeated),
		cmocka_unit_test(a_name_that_no_folder_can_have_is_an_error_where_objects_are_files),
		cmocka_unit_test(addresses_and_prefixes_are_checked_one_by_one),
		cmocka_unit_test(a_missing_field_is_reported_at_what_is_there),
		cmocka_unit_test(parts_of_a_key_do_not_lead_upwards),
		cmocka_unit_test(an_array_smaller_than_an_object_is_a_warning),
		cmocka_unit_test(what_has_no_effect_is_a_warning),
		cmocka_unit_test(long_lists_of_mistakes_end),
		cmocka_unit_test(fields_are_known_whatever_is_wrong_elsewhere),
		cmocka_unit_test(nearest_finds_what_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
