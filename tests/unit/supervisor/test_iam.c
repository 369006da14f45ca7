/* Who asks the token service, and whose answer counts. The rest is tests/integration/test_iam.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "supervisor/fleet.h"
#include "supervisor/iam.h"
#include "supervisor/pipeline_private.h"

enum { PIPELINES = 2 };

static struct fleet fleet;
static struct pipeline pipelines[PIPELINES], *list[PIPELINES] = { &pipelines[0], &pipelines[1] };
static struct config *config;
static unsigned told[PIPELINES][64];          /* messages of each type, to each one's worker */
static int64_t told_wait_ms;

/* ---- in place of supervisor/child.c: a pipeline is its own child ---- */

static void note(const struct child *child, uint16_t type)
{
	told[(const struct pipeline *)(const void *)child - pipelines][type]++;
}

int child_send(struct child *child, uint16_t type, uint32_t id, const void *payload, size_t length, struct err *err)
{
	(void)id;
	(void)payload;
	(void)length;
	(void)err;
	note(child, type);
	return 0;
}

int child_send_json(struct child *child, uint16_t type, uint32_t id, struct json_t *object, struct err *err)
{
	(void)id;
	(void)err;
	note(child, type);
	told_wait_ms = json_integer_value(json_object_get(object, "retry_ms"));
	json_decref(object);
	return 0;
}

/* ---- */

static int begin(void **state)
{
	static const char text[] = "pipeline:\n  subscriber: {url: 'ws://a:1/'}\n  store: {type: direct, buffered: {dirname: b}}\n"
		"  write: {type: s3, s3: {endpoint: 'http://s:1', api_key: key}}\n";
	const struct config_options options = { .environment = NULL };
	struct err err;

	(void)state;
	memset(told, 0, sizeof(told));
	assert_int_equal(config_load(&config, text, strlen(text), &options, &err), 0);
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 0);
	fleet = (struct fleet){ .pipelines = list, .pipeline_count = PIPELINES };
	for (unsigned i = 0; i < PIPELINES; i++) {
		pipelines[i] = (struct pipeline){ .fleet = &fleet, .config = config, .label = "acme/edge" };
		pipelines[i].keeper.child = (void *)&pipelines[i];
		iam_configured(&pipelines[i]);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PIPELINES; i++)
		iam_leave(&pipelines[i]);
	assert_null(fleet.iam_keys);
	config_free(&config);
	return 0;
}

static void request(unsigned number)
{
	iam_message(&pipelines[number], IPC_TOKEN_REQUEST, 0, "", 0);
}

static void answer(unsigned number)
{
	struct {
		struct ipc_token times;
		char token[8];
	} message = { { clock_boottime_ns() + 3600 * NS_PER_S, clock_boottime_ns() + 2700 * NS_PER_S }, "token" };

	iam_message(&pipelines[number], IPC_TOKEN_FETCHED, 0, (const char *)&message, sizeof(message));
}

static void one_asks_and_all_who_wait_get_it(void **state)
{
	(void)state;
	request(0);
	request(1);
	assert_int_equal(told[0][IPC_TOKEN_FETCH] + told[1][IPC_TOKEN_FETCH], 1);
	answer(0);
	assert_int_equal(told[0][IPC_TOKEN], 1);
	assert_int_equal(told[1][IPC_TOKEN], 1);
}

static void nobody_elses_answer_counts(void **state)
{
	(void)state;
	answer(1);
	request(0);
	assert_int_equal(told[0][IPC_TOKEN], 0);
	answer(1);
	iam_message(&pipelines[1], IPC_TOKEN_FAILED, 0, "{}", 2);
	assert_int_equal(told[0][IPC_TOKEN] + told[0][IPC_TOKEN_REFUSED], 0);
	answer(0);
	assert_int_equal(told[0][IPC_TOKEN], 1);
}

static void a_wait_of_any_length_has_an_end(void **state)
{
	static const char failure[] = "{\"retry_ms\":9223372036854775807}";

	(void)state;
	request(0);
	iam_message(&pipelines[0], IPC_TOKEN_FAILED, 0, failure, strlen(failure));
	assert_int_equal(told[0][IPC_TOKEN_REFUSED], 1);
	assert_in_range(told_wait_ms, 60 * 1000, 10 * 60 * 1000 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_asks_and_all_who_wait_get_it, begin, end),
		cmocka_unit_test_setup_teardown(nobody_elses_answer_counts, begin, end),
		cmocka_unit_test_setup_teardown(a_wait_of_any_length_has_an_end, begin, end),
	};

	return cmocka_run_group_tests_name("iam", tests, NULL, NULL);
}
