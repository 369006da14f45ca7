/* Fields and constants of awsflowlogs: what is refused, where, and what columns come of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/aws_fields.h"
#include "common/config/pipeline_config.h"
#include "tests/unit/config/support_config.h"

#define AWS GOOD "  transform:\n    type: awsflowlogs\n    awsflowlogs:\n"
#define PATH "pipeline.transform.awsflowlogs."

/* The table against AWS's documentation: how many fields each version has in all. */
static void versions_have_as_many_fields_as_aws_says(void **state)
{
	static const unsigned totals[] = { [2] = 14, [3] = 21, [4] = 25, [5] = 29, [6] = 29, [7] = 39, [8] = 40 };

	(void)state;
	for (unsigned version = 2; version <= 8; version++) {
		unsigned count = 0;

		for (size_t i = 0; i < AWS_FIELDS; i++)
			count += aws_fields[i].version <= version;
		assert_int_equal(count, totals[version]);
	}
}

static void assert_header(const char *text, const char *header)
{
	struct config *config = load_good(text);

	assert_string_equal(config_pipeline(config)->transform.aws.header, header);
	config_free(&config);
}

static void the_header_names_the_columns(void **state)
{
	(void)state;
	assert_header(GOOD "  transform: {type: awsflowlogs}\n  encode: {type: text}\n",
		"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
		"log-status\n");
	assert_header(AWS "      version: 3\n  encode: {type: csv}\n",
		"version,account-id,interface-id,srcaddr,dstaddr,srcport,dstport,protocol,packets,bytes,start,end,action,"
		"log-status,vpc-id,subnet-id,instance-id,tcp-flags,type,pkt-srcaddr,pkt-dstaddr\n");
	assert_header(AWS "      fields: [reject-reason, bytes]\n  encode: {type: csv}\n", "reject-reason,bytes\n");
}

static void the_version_of_chosen_fields_is_their_highest(void **state)
{
	struct config *config = load_good(AWS "      fields: [bytes, ecs-task-id, vpc-id]\n");
	struct aws_columns columns;

	(void)state;
	aws_columns_of(config_pipeline(config), &columns);
	assert_int_equal(columns.count, 3);
	assert_int_equal(columns.version, 7);
	config_free(&config);
}

static void assert_suggestion(const char *text, const char *path, const char *code, const char *suggestion)
{
	struct config *config = load_text(text);

	assert_string_equal(find_problem(config, path, code)->suggestion, suggestion);
	config_free(&config);
}

static void unknown_fields_and_versions_are_refused_where_they_stand(void **state)
{
	struct config *config;

	(void)state;
	assert_only_error(AWS "      version: 6\n", PATH "version", "value", 11, 16);
	assert_only_error(AWS "      fields: [bytes, srcadr]\n", PATH "fields[1]", "value", 11, 23);
	assert_suggestion(AWS "      fields: [bytes, srcadr]\n", PATH "fields[1]", "value", "srcaddr");
	assert_only_error(AWS "      fields:\n        - resource-id\n", PATH "fields[0]", "value", 12, 11);
	assert_only_error(AWS "      fields: [bytes, bytes]\n", PATH "fields[1]", "value", 11, 23);
	assert_only_error(AWS "      fields: bytes srcadr\n", PATH "fields", "value", 11, 15);
	config = load_text(AWS "      fields: [[bytes], srcadr]\n");
	assert_problem(config, PATH "fields[1]", "value", 11, 25);
	config_free(&config);
}

static void constants_are_for_fields_that_no_flow_tells(void **state)
{
	(void)state;
	assert_no_error(AWS "      version: 5\n      static: {vpc-id: vpc-1, interface-id: eni-1, traffic-path: 8, az-id: }\n");
	assert_only_error(AWS "      static:\n        vpcid: x\n", PATH "static.vpcid", "unknown_key", 12, 9);
	assert_suggestion(AWS "      static:\n        vpcid: x\n", PATH "static.vpcid", "unknown_key", "vpc-id");
	assert_only_error(AWS "      static:\n        bytes: 3\n", PATH "static.bytes", "value", 12, 9);
	assert_only_error(AWS "      version: 5\n      static:\n        traffic-path: a8\n", PATH "static.traffic-path", "type",
		13, 23);
	assert_only_error(AWS "      static:\n        account-id: a b\n  encode: {type: text}\n", PATH "static.account-id",
		"value", 12, 21);
	assert_no_error(AWS "      static:\n        account-id: a b\n  encode: {type: csv}\n");
}

static void assert_warning(const char *text, const char *path)
{
	struct config *config = load_good(text);

	assert_int_equal(find_problem(config, path, "unused")->severity, CONFIG_WARNING);
	config_free(&config);
}

static void what_has_no_effect_is_said(void **state)
{
	(void)state;
	assert_warning(AWS "      static: {vpc-id: x}\n", PATH "static.vpc-id");
	assert_warning(AWS "      version: 3\n      fields: [bytes]\n", PATH "version");
	assert_warning("compat: sfe\n" AWS "      fields: [bytes]\n", PATH "fields");
	assert_warning("compat: sfe\n" AWS "      static: {account-id: 1}\n", PATH "static");
}

static void rows_need_columns(void **state)
{
	(void)state;
	assert_only_error(GOOD "  transform: {type: none}\n  encode: {type: csv}\n", "pipeline.encode.type", "conflict", 9, 18);
	assert_only_error(GOOD "  encode: {type: text}\n", "pipeline.encode.type", "conflict", 8, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_as_many_fields_as_aws_says),
		cmocka_unit_test(the_header_names_the_columns),
		cmocka_unit_test(the_version_of_chosen_fields_is_their_highest),
		cmocka_unit_test(unknown_fields_and_versions_are_refused_where_they_stand),
		cmocka_unit_test(constants_are_for_fields_that_no_flow_tells),
		cmocka_unit_test(what_has_no_effect_is_said),
		cmocka_unit_test(rows_need_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
