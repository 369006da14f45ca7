/* What the fields of a configuration come to. */
#include <arpa/inet.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/config/pipeline_fields.h"
#include "tests/unit/config/support_config.h"

static void absent_fields_have_their_defaults(void **state)
{
	struct config *config = load_good(GOOD);
	const struct pipeline_config *pipeline = config_pipeline(config);

	(void)state;
	assert_string_equal(pipeline->host_id, "");
	assert_int_equal(pipeline->compat, COMPAT_NONE);
	assert_string_equal(pipeline->username, "");
	assert_string_equal(pipeline->password, "");
	assert_true(pipeline->tls.verify);
	assert_string_equal(pipeline->subscriber.capture_id, "");
	assert_int_equal(pipeline->subscriber.silence_timeout, 60);
	assert_int_equal(pipeline->classify.type, CLASSIFY_SUBNET);
	assert_int_equal(pipeline->classify.cluster_net_masks.count, 0);
	assert_int_equal(pipeline->excluded_tags, 0);
	assert_int_equal(pipeline->transform.type, TRANSFORM_NONE);
	assert_int_equal(pipeline->encode.type, ENCODE_UNSET);
	assert_int_equal(pipeline->compress.type, COMPRESS_NONE);
	assert_int_equal(pipeline->compress.gzip_level, GZIP_AUTO);
	assert_int_equal(pipeline->store.max_seconds_per_object, 60);
	assert_int_equal(pipeline->store.max_seconds_per_stream, 86400);
	assert_string_equal(pipeline->store.dirname, "");
	config_free(&config);
}

static void every_field_of_the_table_is_taken(void **state)
{
	struct config *config = load_good(
		"host_id: edge-1\n"
		"compat: sfe\n"
		"analyzers: [one:8082, 'https://[fd00::1]:8082/']\n"
		"analyzer:\n"
		"  auth: {cluster: {username: admin, password: tiger}}\n"
		"  tls: {ca_file: /ca, cert_file: /cert, key_file: /key, verify: no}\n"
		"pipeline:\n"
		"  subscriber: {url: 'wss://analyzer/ws', capture_id: c1, silence_timeout: 0}\n"
		"  classify: {type: subnet, cluster_net_masks: [10.0.0.0/8]}\n"
		"  filter: {excluded_tags: [other, egress]}\n"
		"  transform: {type: secadvisor, secadvisor: {exclude_started_flows: yes}}\n"
		"  mangle: {type: none}\n"
		"  storeheader: {type: none}\n"
		"  encode: {type: secadvisor, json: {pretty: true}}\n"
		"  compress: {type: gzip, gzip: {level: 9}}\n"
		"  store:\n"
		"    type: buffered\n"
		"    buffered: {dirname: d, filename_prefix: p/q, max_flows_per_object: 5, max_seconds_per_object: 6,\n"
		"      max_seconds_per_stream: 7, max_flow_array_size: 8}\n"
		"  account: {type: none}\n"
		"  write: {type: file, file: {root: /out}}\n");
	const struct pipeline_config *pipeline = config_pipeline(config);

	(void)state;
	assert_int_equal(config_problem_total(config), 0);
	assert_string_equal(pipeline->host_id, "edge-1");
	assert_int_equal(pipeline->compat, COMPAT_SFE);
	assert_int_equal(pipeline->analyzers.count, 2);
	assert_string_equal(pipeline->analyzers.items[1], "https://[fd00::1]:8082/");
	assert_string_equal(pipeline->username, "admin");
	assert_string_equal(pipeline->password, "tiger");
	assert_string_equal(pipeline->tls.ca_file, "/ca");
	assert_string_equal(pipeline->tls.cert_file, "/cert");
	assert_string_equal(pipeline->tls.key_file, "/key");
	assert_false(pipeline->tls.verify);
	assert_string_equal(pipeline->subscriber.url, "wss://analyzer/ws");
	assert_string_equal(pipeline->subscriber.capture_id, "c1");
	assert_int_equal(pipeline->subscriber.silence_timeout, 0);
	assert_int_equal(pipeline->excluded_tags, 1u << TAG_OTHER | 1u << TAG_EGRESS);
	assert_int_equal(pipeline->transform.type, TRANSFORM_SECADVISOR);
	assert_true(pipeline->transform.exclude_started_flows);
	assert_int_equal(pipeline->encode.type, ENCODE_SECADVISOR);
	assert_true(pipeline->encode.pretty);
	assert_int_equal(pipeline->compress.type, COMPRESS_GZIP);
	assert_int_equal(pipeline->compress.gzip_level, 9);
	assert_string_equal(pipeline->store.dirname, "d");
	assert_string_equal(pipeline->store.filename_prefix, "p/q");
	assert_int_equal(pipeline->store.max_flows_per_object, 5);
	assert_int_equal(pipeline->store.max_seconds_per_object, 6);
	assert_int_equal(pipeline->store.max_seconds_per_stream, 7);
	assert_int_equal(pipeline->store.max_flow_array_size, 8);
	assert_int_equal(pipeline->write.type, WRITE_FILE);
	assert_string_equal(pipeline->write.file_root, "/out");
	config_free(&config);
}

static void json_is_read_like_yaml(void **state)
{
	struct config *config = load_good("\t{\n\t\"host_id\":\"\\ud83d\\ude00\\/\\u00e9\",\"pipeline\":{\"subscriber\":{"
		"\"url\":\"ws://a:1/\",\"capture_id\":null},\"store\":{\"type\":\"direct\"},\n"
		"\t\t\"encode\":{\"json\":{\"pretty\":true}},\"compress\":{\"type\":\"gzip\",\"gzip\":{\"level\":3}},"
		"\"write\":{\"type\":\"stdout\"}}}\n\t\n");
	const struct pipeline_config *pipeline = config_pipeline(config);

	(void)state;
	assert_string_equal(pipeline->host_id, "\xf0\x9f\x98\x80/\xc3\xa9");
	assert_string_equal(pipeline->subscriber.url, "ws://a:1/");
	assert_true(pipeline->encode.pretty);
	assert_int_equal(pipeline->compress.gzip_level, 3);
	config_free(&config);
}

static void positions_behind_a_surrogate_pair_are_right(void **state)
{
	(void)state;
	assert_only_error("{\"host_id\":\"\\ud83d\\ude00\",\"bogus\":1,\"pipeline\":{\"subscriber\":{\"url\":\"ws://a:1/\"},"
		"\"store\":{\"type\":\"direct\"},\"write\":{\"type\":\"stdout\"}}}", "bogus", "unknown_key", 1, 27);
}

static void an_empty_value_is_a_missing_one(void **state)
{
	static const char *const nothing[] = { "", " ~", " null", " \"\"", " ''" };

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text), "analyzer: {auth: {cluster: {username:%s }}}\nanalyzers:%s\n" GOOD
			"  classify:%s\n  encode:\n    type:%s\n    json:%s\n  compress:\n    type:%s\n", nothing[i],
			i < 3 ? nothing[i] : "", i < 3 ? nothing[i] : "", nothing[i], i < 3 ? nothing[i] : "", nothing[i]);
		assert_no_error(text);
	}
}

static void a_quoted_null_is_a_text(void **state)
{
	struct config *config = load_good("host_id: 'null'\n" GOOD);

	(void)state;
	assert_string_equal(config_pipeline(config)->host_id, "null");
	config_free(&config);
}

static void assert_prefix(const struct prefix *prefix, const char *address, unsigned length)
{
	uint8_t expected[16];

	assert_int_equal(inet_pton(AF_INET6, address, expected), 1);
	assert_memory_equal(prefix->address, expected, 16);
	assert_int_equal(prefix->length, length);
}

static void prefixes_are_mapped_and_cleared_behind_their_length(void **state)
{
	struct config *config = load_good(GOOD "  classify:\n    cluster_net_masks: [10.42.1.9/29, 0.0.0.0/0, "
		"'fd42:1::1f/124', '::/0', 192.0.2.1/32]\n");
	const struct prefix_list *masks = &config_pipeline(config)->classify.cluster_net_masks;

	(void)state;
	assert_int_equal(masks->count, 5);
	assert_prefix(&masks->items[0], "::ffff:10.42.1.8", 125);
	assert_prefix(&masks->items[1], "::ffff:0.0.0.0", 96);
	assert_prefix(&masks->items[2], "fd42:1::10", 124);
	assert_prefix(&masks->items[3], "::", 0);
	assert_prefix(&masks->items[4], "::ffff:192.0.2.1", 128);
	config_free(&config);
}

static void a_list_may_be_one_text(void **state)
{
	struct config *config = load_good(GOOD "  filter:\n    excluded_tags:  other   internal\n");

	(void)state;
	assert_int_equal(config_pipeline(config)->excluded_tags, 1u << TAG_OTHER | 1u << TAG_INTERNAL);
	config_free(&config);
}

static void analyzers_default_to_the_subscribers_host(void **state)
{
	static const struct { const char *url, *analyzer; } cases[] = {
		{ "ws://one:8082/ws", "one:8082" }, { "ws://one/ws", "one:80" }, { "WSS://one", "one:443" },
		{ "'wss://[fd00::1]:99/x'", "[fd00::1]:99" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		struct config *config;

		snprintf(text, sizeof(text), "pipeline:\n  subscriber:\n    url: %s\n" GOOD_STORE GOOD_WRITE, cases[i].url);
		config = load_good(text);
		assert_int_equal(config_pipeline(config)->analyzers.count, 1);
		assert_string_equal(config_pipeline(config)->analyzers.items[0], cases[i].analyzer);
		config_free(&config);
	}
}

static void compat_sfe_takes_the_machines_name_as_host_id(void **state)
{
	char name[HOST_NAME_MAX + 1] = "";
	struct config *config = load_good("compat: sfe\n" GOOD);
	unsigned line, column;

	(void)state;
	gethostname(name, sizeof(name) - 1);
	assert_string_equal(config_pipeline(config)->host_id, name);
	assert_false(config_given(config, "host_id", &line, &column));
	config_free(&config);
}

static void files_of_the_exporter_load_with_another_writer(void **state)
{
	static const char *const names[] = { "none-rec-burst", "none-s3-nodns", "secadvisor-compact-nodns",
		"secadvisor-exclude-started-nodns", "secadvisor-excluded-tags-nodns", "secadvisor-extend-nodns",
		"secadvisor-pretty-nodns", "secadvisor-stdout-direct-nodns", "syn-cut-array-100", "syn-error-logging-level",
		"syn-secadvisor-default-encode", "secadvisor-iam-nodns",
		"shipped-awsflowlogs", "shipped-prom_sky_con", "shipped-secadvisor", "shipped-vpclogs" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char file[128];
		struct config *config;

		snprintf(file, sizeof(file), "valid-%s.yml", names[i]);
		config = load_file(file);
		if (config_problem_count(config, CONFIG_ERROR) > 0) {
			print_problems(config);
			fail_msg("%s", file);
		}
		config_free(&config);
	}
}

static void every_default_of_the_table_is_valid(void **state)
{
	(void)state;
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const struct option_name *name = option->names != NULL && option->fallback != NULL ?
			option_name_find(option->names, option->fallback) : NULL;

		assert_int_equal(pipeline_field_find(option->path), option - pipeline_fields);
		if (option->type == OPTION_ENUM && option->fallback != NULL)
			assert_non_null(name);
		if (option->when.values != NULL)
			assert_true(pipeline_field_find(option->when.path) >= 0);
		if (option->required.values != NULL && option->required.path[0] != '\0')
			assert_true(pipeline_field_find(option->required.path) >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_fields_have_their_defaults),
		cmocka_unit_test(every_field_of_the_table_is_taken),
		cmocka_unit_test(json_is_read_like_yaml),
		cmocka_unit_test(positions_behind_a_surrogate_pair_are_right),
		cmocka_unit_test(an_empty_value_is_a_missing_one),
		cmocka_unit_test(a_quoted_null_is_a_text),
		cmocka_unit_test(prefixes_are_mapped_and_cleared_behind_their_length),
		cmocka_unit_test(a_list_may_be_one_text),
		cmocka_unit_test(analyzers_default_to_the_subscribers_host),
		cmocka_unit_test(compat_sfe_takes_the_machines_name_as_host_id),
		cmocka_unit_test(files_of_the_exporter_load_with_another_writer),
		cmocka_unit_test(every_default_of_the_table_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
