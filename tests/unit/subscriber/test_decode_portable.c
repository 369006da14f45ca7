/* The decoder without vector instructions and words of eight digits, as another machine would run it. It is compiled in
 * here once more, so that the linker takes nothing of it from the library. */
#define DECODE_PORTABLE
#include "subscriber/decode.c"
#include "subscriber/decode_fields.c"
#include "subscriber/decode_flows.c"
#include "subscriber/decode_members.c"
#include "subscriber/decode_scan.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/subscriber/support_decode.h"

static void visit_line(struct decode_test *test, const char *line, size_t length)
{
	decode_bytes(test, line, length);
}

static void test_the_portable_paths_read_what_jansson_reads(void **state)
{
	each_line("recordings/mixed.jsonl", visit_line, *state);
	each_line("recordings/extra-tcp.jsonl", visit_line, *state);
	each_line("inputs/odd.jsonl", visit_line, *state);
}

static void test_the_portable_paths_refuse_what_jansson_refuses(void **state)
{
	static const char message[] = "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"\xc3\xa9\\n\",\"Link\":{\"ID\":-12.5e1}}]}";
	static const char others[] = "\"\\{}[],: 0e-.x\n\x80\xff";

	for (size_t at = 0; at < sizeof(message) - 1; at++) {
		char changed[sizeof(message)];

		memcpy(changed, message, sizeof(message));
		for (size_t i = 0; i < sizeof(others); i++) {
			changed[at] = others[i];
			decode_bytes(*state, changed, sizeof(message) - 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_portable_paths_read_what_jansson_reads),
		cmocka_unit_test(test_the_portable_paths_refuse_what_jansson_refuses),
	};

	return cmocka_run_group_tests(tests, decode_setup, decode_teardown);
}
