/* Records of the formats against what the real Go exporter wrote for the same input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support_golden.h"

#define FINISH_CAPTURE "4246e3f2-efd5-4442-9837-a52e1714da48"        /* as in the scenarios' configuration */

static struct pipeline_rig rig;

/* The exporter proper loses each message with a DNS layer of today's form; its build with present types loses none. */
static const char *lost_messages(const char *scenario)
{
	return strstr(scenario, "-rec-") != NULL ? "\"DNS\":{" : NULL;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

/* The exporter loses what waits when it is stopped: its records of a tag are the beginning of ours. */
static size_t assert_begins_with(const struct records *own, const struct records *golden)
{
	size_t compared = 0;

	for (unsigned tag = 0; tag < TAG_COUNT; tag++) {
		assert_true(golden->tags[tag].count <= own->tags[tag].count);
		for (size_t i = 0; i < golden->tags[tag].count; i++)
			assert_string_equal(own->tags[tag].records[i], golden->tags[tag].records[i]);
		compared += golden->tags[tag].count;
	}
	return compared;
}

static void compare_secadvisor(const char *scenario, const char *input, size_t at_least)
{
	struct records *golden = golden_read(scenario);
	struct records *own;

	if (strncmp(input, "recordings/", 11) == 0)
		rig_use_recorded_masks(&rig);
	rig.config.compat = COMPAT_SFE;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	rig_feed_file(&rig, input, lost_messages(scenario));
	rig_flush(&rig);
	own = records_of_rig(&rig);
	records_remove_topology(golden);
	assert_true(assert_begins_with(own, golden) >= at_least);
	records_free(golden);
	records_free(own);
}

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	return 0;
}

static void secadvisor_records_of_a_burst_are_the_exporters(void **state)
{
	(void)state;
	compare_secadvisor("secadvisor-rec-burst", "recordings/burst.jsonl", 1000);
}

static void secadvisor_records_of_finished_flows_are_the_exporters(void **state)
{
	(void)state;
	rig.config.subscriber.capture_id = FINISH_CAPTURE;
	compare_secadvisor("secadvisor-rec-finish", "recordings/finish.jsonl", 50);
	assert_true(rig.spool.now.account.excluded_capture > 0);
}

static void secadvisor_records_of_all_kinds_of_flows_are_the_exporters(void **state)
{
	(void)state;
	compare_secadvisor("headbuild-secadvisor-compact", "recordings/mixed.jsonl", 1000);
}

static void secadvisor_records_of_odd_flows_are_the_exporters(void **state)
{
	(void)state;
	compare_secadvisor("syn-secadvisor-odd", "inputs/odd.jsonl", 12);
	assert_int_equal(rig.events, 1);
	assert_string_equal(rig.last_event, "flow.address_invalid");
}

static void started_flows_are_left_out_as_the_exporter_does(void **state)
{
	(void)state;
	rig.config.transform.exclude_started_flows = true;
	compare_secadvisor("syn-secadvisor-exclude-started", "inputs/life.jsonl", 20);
	assert_true(rig.spool.now.account.excluded_started > 0);
}

static void encode_json_makes_a_plain_array_for_consumers_of_the_exporter(void **state)
{
	(void)state;
	rig.config.encode.type = ENCODE_JSON;
	compare_secadvisor("syn-secadvisor-encode-json", "inputs/life.jsonl", 20);
	assert_int_equal(rig.spool.objects[0].content.bytes[0], '[');
}

/* The exporter calls nearly each report that follows another skipped, and tells silence by message. */
static void keep_ok(struct record_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->records[i], "\"LogStatus\":\"OK\"") != NULL)
			list->records[kept++] = list->records[i];
		else
			free(list->records[i]);
	}
	list->count = kept;
}

static void records_whose_log_is_whole_are_the_exporters(void **state)
{
	struct records *golden = golden_read("syn-secadvisor-logstatus");
	struct records *own;

	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig.config.mangle.type = MANGLE_LOGSTATUS;
	rig.config.mangle.interval = 60;
	rig.config.mangle.emit = 1u << LOG_STATUS_OK | 1u << LOG_STATUS_NODATA | 1u << LOG_STATUS_SKIPDATA;
	rig_start(&rig);
	rig_feed_file(&rig, "inputs/life.jsonl", NULL);
	rig_flush(&rig);
	own = records_of_rig(&rig);
	records_remove_topology(golden);
	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		keep_ok(&golden->tags[tag]);
	assert_true(assert_begins_with(own, golden) >= 40);
	records_free(golden);
	records_free(own);
}

/* The exporter decodes and encodes a flow again: the same values, but its own order of the extra layers, without what it
 * does not know. What is byte for byte equal nevertheless is counted. */
static size_t assert_same_values(const struct records *own, const struct records *golden, size_t *equal)
{
	size_t compared = 0;

	for (unsigned tag = 0; tag < TAG_COUNT; tag++) {
		assert_true(golden->tags[tag].count <= own->tags[tag].count);
		for (size_t i = 0; i < golden->tags[tag].count; i++) {
			json_t *theirs = json_loads(golden->tags[tag].records[i], JSON_ALLOW_NUL, NULL);
			json_t *ours = json_loads(own->tags[tag].records[i], JSON_ALLOW_NUL, NULL);

			assert_non_null(theirs);
			assert_non_null(ours);
			assert_int_equal(json_equal(theirs, ours), 1);
			json_decref(theirs);
			json_decref(ours);
			*equal += strcmp(golden->tags[tag].records[i], own->tags[tag].records[i]) == 0;
		}
		compared += golden->tags[tag].count;
	}
	return compared;
}

static void compare_none(const char *scenario, const char *input, size_t at_least)
{
	struct records *golden = golden_read(scenario);
	struct records *own;
	size_t equal = 0, compared;

	if (strncmp(input, "recordings/", 11) == 0)
		rig_use_recorded_masks(&rig);
	rig_start(&rig);
	rig_feed_file(&rig, input, lost_messages(scenario));
	rig_flush(&rig);
	own = records_of_rig(&rig);
	compared = assert_same_values(own, golden, &equal);
	assert_true(compared >= at_least);
	assert_int_equal(equal, compared);
	records_free(golden);
	records_free(own);
}

static void none_gives_the_flows_of_a_burst_as_the_exporter_does(void **state)
{
	(void)state;
	compare_none("none-rec-burst", "recordings/burst.jsonl", 1000);
}

static void none_gives_finished_flows_as_the_exporter_does(void **state)
{
	(void)state;
	rig.config.subscriber.capture_id = FINISH_CAPTURE;
	compare_none("none-rec-finish", "recordings/finish.jsonl", 50);
}

static void none_gives_all_kinds_of_flows_as_the_exporter_does(void **state)
{
	(void)state;
	compare_none("headbuild-none-s3", "recordings/mixed.jsonl", 1000);
}

/* ---- awsflowlogs ---- */

static void compare_awsflowlogs(const char *scenario, int version)
{
	struct records *golden = golden_read(scenario), *own;

	rig.config.compat = COMPAT_SFE;
	rig.config.transform.type = TRANSFORM_AWSFLOWLOGS;
	rig.config.transform.aws.version = version;
	rig_start(&rig);
	rig_feed_file(&rig, "inputs/life.jsonl", NULL);
	rig_flush(&rig);
	own = records_of_rig(&rig);
	assert_true(assert_begins_with(own, golden) >= 40);
	records_free(golden);
	records_free(own);
}

static void awsflowlogs_records_are_the_exporters(void **state)
{
	(void)state;
	compare_awsflowlogs("syn-aws-json", 2);
}

static void awsflowlogs_records_of_version_3_are_the_exporters(void **state)
{
	(void)state;
	compare_awsflowlogs("syn-aws-v3-json", 3);
}

static void awsflowlogs_records_of_version_5_are_the_exporters_of_2(void **state)
{
	(void)state;
	compare_awsflowlogs("syn-aws-v5-json", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(secadvisor_records_of_a_burst_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(secadvisor_records_of_finished_flows_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(secadvisor_records_of_all_kinds_of_flows_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(secadvisor_records_of_odd_flows_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(started_flows_are_left_out_as_the_exporter_does, prepare, finish),
		cmocka_unit_test_setup_teardown(records_whose_log_is_whole_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(encode_json_makes_a_plain_array_for_consumers_of_the_exporter, prepare, finish),
		cmocka_unit_test_setup_teardown(none_gives_the_flows_of_a_burst_as_the_exporter_does, prepare, finish),
		cmocka_unit_test_setup_teardown(none_gives_all_kinds_of_flows_as_the_exporter_does, prepare, finish),
		cmocka_unit_test_setup_teardown(none_gives_finished_flows_as_the_exporter_does, prepare, finish),
		cmocka_unit_test_setup_teardown(awsflowlogs_records_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(awsflowlogs_records_of_version_3_are_the_exporters, prepare, finish),
		cmocka_unit_test_setup_teardown(awsflowlogs_records_of_version_5_are_the_exporters_of_2, prepare, finish),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
