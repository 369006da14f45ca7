/* What a worker shows of its records is passed on when it is a line, and asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "common/log.h"
#include "common/tag.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"

enum { SESSION = 3 };

static unsigned passed_on;
static struct ipc_tap_record last;
static char text[64];

static void on_tapped(struct fleet *fleet, struct pipeline *pipeline, const struct ipc_tap_record *record,
	const char *line)
{
	(void)fleet;
	(void)pipeline;
	passed_on++;
	last = *record;
	memcpy(text, line, strlen(line) + 1);
}

static struct fleet fleet = { .tapped = on_tapped };
static struct pipeline pipeline = { .fleet = &fleet, .tap = { .records_s = 1, .bytes_s = 1 }, .tap_session = SESSION };

static int set_up(void **state)
{
	(void)state;
	passed_on = 0;
	pipeline.label = "acme/edge";
	pipeline.tap.records_s = 1;
	log_init("test", "", LOG_ERROR);
	return 0;
}

/* A message as the channel hands it over: with a NUL behind. */
static void show(uint32_t session, uint32_t tag, const char *line, size_t length)
{
	const struct ipc_tap_record record = { .wall_ms = 7, .skipped = 5, .tag = tag };
	char message[sizeof(record) + 64] = "";

	memcpy(message, &record, sizeof(record));
	memcpy(message + sizeof(record), line, length);
	pipeline_take_tapped(&pipeline, session, message, sizeof(record) + length);
}

static void a_line_is_passed_on(void **state)
{
	(void)state;
	show(SESSION, TAG_EGRESS, "{\"a\":\"\xc3\xa9\"}", 10);
	assert_int_equal(passed_on, 1);
	assert_int_equal(last.skipped, 5);
	assert_int_equal(last.tag, TAG_EGRESS);
	assert_string_equal(text, "{\"a\":\"\xc3\xa9\"}");
}

static void what_is_no_line_or_of_another_tap_is_not(void **state)
{
	(void)state;
	show(SESSION - 1, TAG_EGRESS, "{}", 2);
	show(SESSION, TAG_COUNT, "{}", 2);
	show(SESSION, TAG_EGRESS, "", 0);
	show(SESSION, TAG_EGRESS, "{}\n{}", 5);
	show(SESSION, TAG_EGRESS, "{\0}", 3);
	show(SESSION, TAG_EGRESS, "\"\xff\"", 3);
	pipeline_take_tapped(&pipeline, SESSION, "short", 5);
	pipeline.tap.records_s = 0;
	show(SESSION, TAG_EGRESS, "{}", 2);
	assert_int_equal(passed_on, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_passed_on, set_up),
		cmocka_unit_test_setup(what_is_no_line_or_of_another_tap_is_not, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
