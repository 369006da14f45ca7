/* `sluiced status`: the table, and the HTTP that it is asked for with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/local_http.h"
#include "supervisor/status_table.h"

/* Prints items given as JSON. */
static struct buffer print(const char *items, unsigned width)
{
	json_t *json = json_loads(items, 0, NULL);
	struct buffer out;

	assert_non_null(json);
	buffer_init(&out, 1 << 16);
	assert_int_equal(status_table(json, width, &out), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	json_decref(json);
	return out;
}

static const char two[] = "[{\"tenant\":\"acme\",\"name\":\"edge\",\"status\":{\"state\":\"degraded\",\"lag_flows\":7,"
	"\"flows_written\":12345678,\"flows_lost\":2,\"reason\":\"the bucket does not answer\"}},"
	"{\"tenant\":\"globex\",\"name\":\"a\",\"status\":{\"state\":\"stopped\"}}]";

static void columns_are_as_wide_as_what_is_in_them(void **state)
{
	struct buffer out = print(two, 0);

	(void)state;
	assert_string_equal(out.bytes,
		"PIPELINE   STATE     LAG   WRITTEN  LOST  REASON\n"
		"acme/edge  degraded    7  12345678     2  the bucket does not answer\n"
		"globex/a   stopped     0         0     0\n");
	buffer_fini(&out);
}

static void a_reason_is_cut_at_the_terminals_edge(void **state)
{
	struct buffer out = print(two, 52);

	(void)state;
	assert_non_null(strstr(out.bytes, "     2  the bucket\n"));
	buffer_fini(&out);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct buffer out = print("[{\"tenant\":\"a\",\"name\":\"b\",\"status\":{\"state\":\"x\\u001b[2J\",\"reason\":\"y\\n\\u007fz\"}}]",
		0);

	(void)state;
	assert_non_null(strstr(out.bytes, "x [2J"));
	assert_non_null(strstr(out.bytes, "y  z\n"));
	buffer_fini(&out);
}

static void members_that_are_missing_or_of_another_type_are_blanks(void **state)
{
	struct buffer out = print("[{}, 5, {\"name\":5,\"status\":[]}, {\"status\":{\"lag_flows\":\"x\",\"flows_lost\":-1}}]", 0);

	(void)state;
	assert_non_null(strstr(out.bytes, "\n/                  0        0     0\n"));
	buffer_fini(&out);
}

static int parse(const char *answer, struct buffer *out, struct err *err)
{
	buffer_init(out, 1 << 16);
	assert_int_equal(buffer_append_text(out, answer), 0);
	return local_http_parse(out, err);
}

static void a_whole_answer_gives_its_body(void **state)
{
	struct buffer out;
	struct err err;

	(void)state;
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nX: 1\r\ncontent-length:  2\r\n\r\n{}", &out, &err), 0);
	assert_string_equal(out.bytes, "{}");
	assert_int_equal(out.length, 2);
	buffer_fini(&out);
}

static void what_is_no_whole_answer_is_refused(void **state)
{
	const char *const wrong[] = { "", "HTTP/1.1 200 OK\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 \r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}" };
	struct buffer out;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i], &out, &err), ERR_PROTOCOL);
		buffer_fini(&out);
	}
	assert_non_null(strstr(err.message, "503 No"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_what_is_in_them),
		cmocka_unit_test(a_reason_is_cut_at_the_terminals_edge),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(members_that_are_missing_or_of_another_type_are_blanks),
		cmocka_unit_test(a_whole_answer_gives_its_body),
		cmocka_unit_test(what_is_no_whole_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
