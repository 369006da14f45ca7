/* Layouts of keys: what a template comes to, and what is refused, where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/key_template.h"
#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "tests/unit/config/support_config.h"

#define PATH "pipeline.store.buffered.key_template"
/* 2026-11-23T09:11:57Z and a minute later */
#define STREAM_MS 1795425117000
#define CUT_MS 1795425177499

static struct key_parts parts;

static int prepare(void **state)
{
	(void)state;
	parts = (struct key_parts){ .prefix = "logs", .host_id = "edge-1", .tag = "egress", .ending = ".csv.gz",
		.stream_ms = STREAM_MS, .cut_ms = CUT_MS, .number = 7 };
	return 0;
}

static void assert_key(const char *layout, const char *wanted)
{
	char key[KEY_SIZE];

	assert_int_equal(key_template_expand(layout, &parts, key), 0);
	assert_string_equal(key, wanted);
}

static void without_a_template_keys_are_as_they_always_were(void **state)
{
	(void)state;
	assert_key("", "logs/egress/20261123T091157Z/00000007.csv.gz");
	parts.prefix = "//a/b//";
	assert_key("", "a/b/egress/20261123T091157Z/00000007.csv.gz");
	parts.prefix = "";
	assert_key("", "egress/20261123T091157Z/00000007.csv.gz");
}

static void placeholders_stand_for_what_the_cut_fixes(void **state)
{
	(void)state;
	assert_key("{prefix}/y={yyyy}/m={mm}/d={dd}/h={HH}/{MM}{SS}/{host_id}/{tag}-{stream}-{seq}",
		"logs/y=2026/m=11/d=23/h=09/1257/edge-1/egress-20261123T091157Z-00000007.csv.gz");
	parts.prefix = "";
	assert_key("{prefix}/{tag}/{stream}{seq}", "egress/20261123T091157Z00000007.csv.gz");
	assert_key("a/{prefix}/{tag}", "a/egress.csv.gz");
	parts.host_id = "";
	assert_key("{host_id}/x", "-/x.csv.gz");
	parts.host_id = "../ä";
	assert_key("{host_id}/x", "..%2F%C3%A4/x.csv.gz");
}

static void the_ending_stands_where_it_is_asked_for(void **state)
{
	(void)state;
	assert_key("a{ending}b", "a.csv.gzb");
	assert_key("a{gz}", "a.gz");
	parts.ending = ".log";
	assert_key("a{gz}", "a");
	assert_key("a", "a.log");
	parts.ending = "-probe";
	assert_key("a{gz}", "a-probe");
}

static void assert_folder(const char *layout, const char *wanted)
{
	char folder[KEY_SIZE];

	assert_int_equal(key_template_folder(layout, &parts, folder), 0);
	assert_string_equal(folder, wanted);
}

static void all_keys_of_a_layout_begin_with_its_folder(void **state)
{
	char layout[KEY_SIZE + 1], folder[KEY_SIZE];

	(void)state;
	assert_folder("", "logs");
	assert_folder("all/{tag}/{stream}/{seq}", "all");
	assert_folder("{prefix}/all/{host_id}/day-{dd}/{tag}{stream}{seq}", "logs/all/edge-1");
	assert_folder("{tag}/all/{stream}/{seq}", "");
	assert_folder("flows-{tag}-{stream}-{seq}", "");
	parts.prefix = "/a//b/";
	assert_folder("", "a//b");
	parts.prefix = "";
	assert_folder("", "");
	assert_folder("{prefix}/all/{tag}", "all");
	memset(layout, 'x', sizeof(layout));
	layout[KEY_SIZE] = '\0';
	assert_int_equal(key_template_folder(layout, &parts, folder), ERR_LIMIT);
}

static void no_key_is_longer_than_a_store_takes(void **state)
{
	char layout[KEY_SIZE + 1], key[KEY_SIZE];

	(void)state;
	memset(layout, 'x', sizeof(layout));
	layout[KEY_SIZE - 1 - 7] = '\0';
	assert_int_equal(key_template_expand(layout, &parts, key), 0);
	assert_int_equal(strlen(key), KEY_SIZE - 1);
	layout[KEY_SIZE - 1 - 7] = 'x';
	layout[KEY_SIZE - 7] = '\0';
	assert_int_equal(key_template_expand(layout, &parts, key), ERR_LIMIT);
	assert_int_equal(key_template_expand("{nonsense}", &parts, key), ERR_INVALID);
	assert_int_equal(key_template_expand("a{seq", &parts, key), ERR_INVALID);
}

/* ---- in a configuration ---- */

#define STORE GOOD_HEAD GOOD_WRITE "  store:\n    type: direct\n    buffered:\n      "

static void assert_layout(const char *text, const char *layout)
{
	struct config *config = load_good(text);

	assert_string_equal(config_pipeline(config)->store.key_layout, layout);
	config_free(&config);
}

static void a_template_may_name_what_the_configuration_knows(void **state)
{
	(void)state;
	assert_layout(STORE "filename_prefix: x\n", "");
	assert_layout(STORE "key_template: '{tag}/{stream}/{seq}'\n", "{tag}/{stream}/{seq}");
	assert_layout(STORE "key_template: '{vpc-id}/{tag}{stream}{seq}'\n"
		"  transform: {type: awsflowlogs, awsflowlogs: {static: {vpc-id: 'a/{b}:c'}}}\n",
		"a%2F%7Bb%7D%3Ac/{tag}{stream}{seq}");
	assert_layout(STORE "key_template: '{stream}/{seq}'\n  filter: {excluded_tags: [other, ingress, egress]}\n",
		"{stream}/{seq}");
}

static void presets_are_the_layouts_of_the_clouds(void **state)
{
	(void)state;
	assert_layout(STORE "key_template: aws\n"
		"  transform: {type: awsflowlogs, awsflowlogs: {static: {account-id: 123456789012, region: us-east-1}}}\n",
		"{prefix}/AWSLogs/123456789012/vpcflowlogs/us-east-1/{yyyy}/{mm}/{dd}/"
		"123456789012_vpcflowlogs_us-east-1_fl-{tag}-{stream}_{yyyy}{mm}{dd}T{HH}{MM}Z_{seq}");
	assert_layout(STORE "key_template: ibm\n"
		"  transform: {type: awsflowlogs, awsflowlogs: {static: {account-id: acc, region: eu-de, vpc-id: v, subnet-id: s, "
		"instance-id: i, interface-id: n}}}\n",
		"{prefix}/ibm_vpc_flowlogs_v1/account=acc/region=eu-de/vpc-id=v/subnet-id=s/endpoint-type=vnics/instance-id=i/"
		"vnic-id=n/record-type={tag}/year={yyyy}/month={mm}/day={dd}/hour={HH}/stream-id={stream}/{seq}{gz}");
}

static void a_preset_says_what_it_does_not_know(void **state)
{
	struct config *config = load_good(STORE "key_template: aws\n");

	(void)state;
	assert_int_equal(config_problem_total(config), 2);
	assert_int_equal(find_problem(config, PATH, "value")->severity, CONFIG_WARNING);
	config_free(&config);
	assert_layout(STORE "key_template: aws\n", "{prefix}/AWSLogs/-/vpcflowlogs/-/{yyyy}/{mm}/{dd}/"
		"-_vpcflowlogs_-_fl-{tag}-{stream}_{yyyy}{mm}{dd}T{HH}{MM}Z_{seq}");
}

static void mistakes_are_shown_where_they_stand(void **state)
{
	struct config *config = load_text(STORE "key_template: '{tag}/{strem}/{stream}/{seq}'\n");

	(void)state;
	assert_problem(config, PATH, "value", 9, 28);
	assert_string_equal(find_problem(config, PATH, "value")->suggestion, "stream");
	config_free(&config);
	assert_only_error(STORE "key_template: a{tag}/{YYYY}/{stream}/{seq}\n", PATH, "value", 9, 28);
	assert_only_error(STORE "key_template: '{tag}{stream}{seq}{'\n", PATH, "value", 9, 40);
	assert_only_error(STORE "key_template: '{tag}{stream}}{seq}'\n", PATH, "value", 9, 35);
	assert_only_error(STORE "key_template: \"\\x7btag}{stream}\\u00e4{seq}}\"\n", PATH, "value", 9, 49);
	assert_only_error(STORE "key_template: '{tag}{stream}{seq}{vpc-id}'\n", PATH, "value", 9, 40);
}

static void a_misspelled_preset_is_told_as_one(void **state)
{
	struct config *config = load_text(STORE "key_template: AWS\n");

	(void)state;
	assert_problem(config, PATH, "value", 9, 21);
	assert_string_equal(find_problem(config, PATH, "value")->suggestion, "aws");
	config_free(&config);
	assert_only_error(STORE "key_template: flows\n", PATH, "value", 9, 21);
}

static void keys_that_could_come_twice_are_refused(void **state)
{
	(void)state;
	assert_only_error(STORE "key_template: '{tag}/{seq}'\n", PATH, "value", 9, 21);
	assert_only_error(STORE "key_template: '{tag}/{stream}'\n", PATH, "value", 9, 21);
	assert_only_error(STORE "key_template: '{stream}/{seq}'\n", PATH, "value", 9, 21);
}

static void keys_that_no_folder_could_hold_are_refused(void **state)
{
	(void)state;
	assert_only_error(STORE "key_template: '/{tag}/{stream}/{seq}'\n", PATH, "value", 9, 21);
	assert_only_error(STORE "key_template: '{tag}//{stream}/{seq}'\n", PATH, "value", 9, 21);
	assert_only_error(STORE "key_template: '../{tag}/{stream}/{seq}'\n", PATH, "value", 9, 21);
	assert_only_error(STORE "key_template: '{vpc-id}/{tag}/{stream}/{seq}'\n"
		"  transform: {type: awsflowlogs, awsflowlogs: {static: {vpc-id: ..}}}\n", PATH, "value", 9, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_a_template_keys_are_as_they_always_were, prepare),
		cmocka_unit_test_setup(placeholders_stand_for_what_the_cut_fixes, prepare),
		cmocka_unit_test_setup(the_ending_stands_where_it_is_asked_for, prepare),
		cmocka_unit_test_setup(all_keys_of_a_layout_begin_with_its_folder, prepare),
		cmocka_unit_test_setup(no_key_is_longer_than_a_store_takes, prepare),
		cmocka_unit_test(a_template_may_name_what_the_configuration_knows),
		cmocka_unit_test(presets_are_the_layouts_of_the_clouds),
		cmocka_unit_test(a_preset_says_what_it_does_not_know),
		cmocka_unit_test(mistakes_are_shown_where_they_stand),
		cmocka_unit_test(a_misspelled_preset_is_told_as_one),
		cmocka_unit_test(keys_that_could_come_twice_are_refused),
		cmocka_unit_test(keys_that_no_folder_could_hold_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
