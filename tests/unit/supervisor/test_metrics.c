/* Figures as Prometheus text: what is in it, for whom, and that every line is well formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/err.h"
#include "supervisor/serve/figures/metrics.h"

enum { TEXT_MAX = 1 << 20 };

static struct metrics_pipeline pipelines[] = {
	{ .tenant = "acme", .name = "edge", .state = PIPELINE_RUNNING, .seen = 1050, .lag = 7, .flow_state = "stalled",
	  .spool_limit = 1 << 20,
	  .figures = { .account = { .written = 40, .excluded_capture = 1000, .excluded_tag = 3, .lost_ring = 2,
			.waiting_spool = 5 }, .spool_bytes = 4096, .last_write_ms = 1700000000250 },
	  .worker = { .cpu_us = 1500000, .resident_bytes = 8192, .restarts = 3 } },
	{ .tenant = "acme", .name = "core", .state = PIPELINE_STOPPED },
};

static struct metrics_subscription subscriptions[] = {
	{ .url = "ws://a:1/x?\"q\"\\\n", .number = 1, .traffic = true,
	  .counters = { .connected = 1, .messages = 12, .malformed = 4, .refused = 5, .reconnects = 2, .gap_ms = 1500 } },
	{ .url = "ws://b:1/", .number = 2, .traffic = false, .counters = { .messages = 99, .refused = 8, .reconnects = 6 },
	  .subscriber = { .restarts = 9 } },
};

/* The text as it is for an admin or for a tenant; to be freed. */
static char *print(bool all, size_t pipeline_count)
{
	struct metrics metrics = { pipelines, pipeline_count, subscriptions, 2, { 2000000, 4096, 0 }, all };
	struct buffer out;

	buffer_init(&out, TEXT_MAX);
	assert_int_equal(metrics_print(&metrics, &out), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	return out.bytes;
}

static void expect_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	if (found == NULL || (found != text && found[-1] != '\n'))
		fail_msg("no line %s in:\n%s", line, text);
}

static void every_figure_of_a_pipeline_has_its_family_and_labels(void **state)
{
	char *text = print(true, 2);

	(void)state;
	expect_line(text, "sluice_pipeline_state{tenant=\"acme\",pipeline=\"edge\",state=\"running\"} 1\n");
	expect_line(text, "sluice_pipeline_state{tenant=\"acme\",pipeline=\"edge\",state=\"failed\"} 0\n");
	expect_line(text, "sluice_pipeline_state{tenant=\"acme\",pipeline=\"core\",state=\"stopped\"} 1\n");
	expect_line(text, "sluice_flows_total{tenant=\"acme\",pipeline=\"edge\",result=\"written\"} 40\n");
	expect_line(text, "sluice_flows_total{tenant=\"acme\",pipeline=\"edge\",result=\"excluded_tag\"} 3\n");
	expect_line(text, "sluice_flows_lost_total{tenant=\"acme\",pipeline=\"edge\",reason=\"ring\"} 2\n");
	expect_line(text, "sluice_flows_waiting{tenant=\"acme\",pipeline=\"edge\",where=\"spool\"} 5\n");
	expect_line(text, "sluice_flows_seen_total{tenant=\"acme\",pipeline=\"edge\"} 1050\n");
	expect_line(text, "sluice_lag_flows{tenant=\"acme\",pipeline=\"edge\"} 7\n");
	expect_line(text, "sluice_spool_bytes{tenant=\"acme\",pipeline=\"edge\"} 4096\n");
	expect_line(text, "sluice_spool_limit_bytes{tenant=\"acme\",pipeline=\"edge\"} 1048576\n");
	expect_line(text, "sluice_spool_limit_bytes{tenant=\"acme\",pipeline=\"core\"} 0\n");
	expect_line(text, "sluice_worker_restarts_total{tenant=\"acme\",pipeline=\"edge\"} 3\n");
	free(text);
}

/* A pipeline of which that is not known has none. */
static void one_flow_state_at_most_is_1(void **state)
{
	char *text = print(true, 2);

	(void)state;
	expect_line(text, "sluice_pipeline_flow_state{tenant=\"acme\",pipeline=\"edge\",state=\"moving\"} 0\n");
	expect_line(text, "sluice_pipeline_flow_state{tenant=\"acme\",pipeline=\"edge\",state=\"stalled\"} 1\n");
	expect_line(text, "sluice_pipeline_flow_state{tenant=\"acme\",pipeline=\"core\",state=\"moving\"} 0\n");
	expect_line(text, "sluice_pipeline_flow_state{tenant=\"acme\",pipeline=\"core\",state=\"idle\"} 0\n");
	free(text);
}

static void times_are_in_seconds(void **state)
{
	char *text = print(true, 2);

	(void)state;
	expect_line(text, "sluice_last_write_timestamp_seconds{tenant=\"acme\",pipeline=\"edge\"} 1700000000.250\n");
	expect_line(text, "sluice_process_cpu_seconds_total{tenant=\"acme\",pipeline=\"edge\",process=\"worker\"} 1.500000\n");
	expect_line(text, "sluice_subscription_gap_seconds_total{url=\"ws://b:1/\",subscription=\"2\"} 0.000\n");
	free(text);
}

static void quotes_backslashes_and_newlines_in_labels_are_escaped(void **state)
{
	char *text = print(true, 1);

	(void)state;
	expect_line(text, "sluice_subscription_up{url=\"ws://a:1/x?\\\"q\\\"\\\\\\n\",subscription=\"1\"} 1\n");
	free(text);
}

static void a_tenant_sees_nothing_of_other_tenants_traffic(void **state)
{
	char *all = print(true, 1), *own = print(false, 1);

	(void)state;
	assert_non_null(strstr(all, "result=\"excluded_capture\"} 1000\n"));
	assert_null(strstr(own, "excluded_capture"));
	assert_non_null(strstr(all, "process=\"sluiced\""));
	assert_null(strstr(own, "process=\"sluiced\""));
	expect_line(own, "sluice_subscription_messages_total{url=\"ws://a:1/x?\\\"q\\\"\\\\\\n\",subscription=\"1\"} 12\n");
	assert_null(strstr(own, "sluice_subscription_messages_total{url=\"ws://b"));
	assert_null(strstr(own, "sluice_subscription_refused_messages_total{url=\"ws://b"));
	assert_null(strstr(own, "sluice_process_cpu_seconds_total{url=\"ws://b"));
	expect_line(own, "sluice_subscription_reconnects_total{url=\"ws://b:1/\",subscription=\"2\"} 6\n");
	expect_line(own, "sluice_subscriber_restarts_total{url=\"ws://b:1/\",subscription=\"2\"} 9\n");
	free(all);
	free(own);
}

/* A family's name in a sample: up to the brace. */
static bool belongs(const char *line, const char *family, size_t length)
{
	static const char *const suffixes[] = { "{", "_bucket{", "_sum{", "_count{" };

	for (unsigned i = 0; i < 4 && strncmp(line, family, length) == 0; i++) {
		if (strncmp(line + length, suffixes[i], strlen(suffixes[i])) == 0)
			return true;
	}
	return false;
}

/* The buckets of a histogram are added up, and end with all there are. */
static void writes_are_a_histogram_and_failures_by_kind(void **state)
{
	char *text;

	(void)state;
	pipelines[0].figures.writes = (struct write_figures){ .buckets = { 1, 2 }, .sum_us = 1500000, .failures = { 4 } };
	pipelines[0].figures.writes.buckets[WRITE_BUCKETS] = 3;
	text = print(true, 1);
	assert_non_null(strstr(text, "sluice_write_seconds_bucket{tenant=\"acme\",pipeline=\"edge\",le=\"0.005\"} 1\n"));
	assert_non_null(strstr(text, "le=\"0.01\"} 3\n"));
	assert_non_null(strstr(text, "le=\"30\"} 3\n"));
	assert_non_null(strstr(text, "le=\"+Inf\"} 6\n"));
	assert_non_null(strstr(text, "sluice_write_seconds_sum{tenant=\"acme\",pipeline=\"edge\"} 1.500000\n"));
	assert_non_null(strstr(text, "sluice_write_seconds_count{tenant=\"acme\",pipeline=\"edge\"} 6\n"));
	assert_non_null(strstr(text, "sluice_write_errors_total{tenant=\"acme\",pipeline=\"edge\",code=\"denied\"} 4\n"));
	free(text);
}

/* Prometheus refuses a text in which a family comes twice, or a sample stands outside its family. */
static void each_family_comes_once_with_help_and_type_before_its_samples(void **state)
{
	char *text = print(true, 2);
	const char *family = "", *line;
	size_t length = 0, families = 0;

	(void)state;
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			char type[128];

			family = line + 7;
			length = strcspn(family, " ");
			families++;
			snprintf(type, sizeof(type), "\n# TYPE %.*s ", (int)length, family);
			assert_ptr_equal(strstr(text, type), strchr(line, '\n'));
			assert_null(strstr(strstr(text, type) + 1, type));
		} else if (strncmp(line, "# TYPE ", 7) != 0 && !belongs(line, family, length)) {
			fail_msg("outside its family: %.*s", (int)strcspn(line, "\n"), line);
		}
	}
	assert_true(families >= 20);
	free(text);
}

static void a_text_that_would_grow_too_large_is_an_error(void **state)
{
	struct metrics metrics = { pipelines, 2, subscriptions, 2, { 0 }, true };
	struct buffer out;

	(void)state;
	buffer_init(&out, 1000);
	assert_int_equal(metrics_print(&metrics, &out), ERR_LIMIT);
	buffer_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_of_a_pipeline_has_its_family_and_labels),
		cmocka_unit_test(one_flow_state_at_most_is_1),
		cmocka_unit_test(times_are_in_seconds),
		cmocka_unit_test(quotes_backslashes_and_newlines_in_labels_are_escaped),
		cmocka_unit_test(a_tenant_sees_nothing_of_other_tenants_traffic),
		cmocka_unit_test(writes_are_a_histogram_and_failures_by_kind),
		cmocka_unit_test(each_family_comes_once_with_help_and_type_before_its_samples),
		cmocka_unit_test(a_text_that_would_grow_too_large_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
