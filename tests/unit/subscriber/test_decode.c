/* The decoder on what analyzers sent and on the envelope; each message is compared with jansson's reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/subscriber/support_decode.h"

static const char *const recordings[] = { "mixed", "mixed-nodns", "burst", "finish", "default-timing", "extra-tcp" };

enum { RECORDINGS = sizeof(recordings) / sizeof(*recordings) };

static struct {
	unsigned flows, stats;
} seen;

static void count_line(struct decode_test *test, const char *line, size_t length)
{
	assert_int_equal(decode_bytes(test, line, length), 0);
	assert_int_equal(test->out.malformed, 0);
	seen.flows += test->out.count;
	seen.stats += test->out.kind == DECODED_STATS;
}

static void each_recording(struct decode_test *test, void (*visit)(struct decode_test *, const char *, size_t))
{
	for (unsigned i = 0; i < RECORDINGS; i++) {
		char path[64];

		snprintf(path, sizeof(path), "recordings/%s.jsonl", recordings[i]);
		each_line(path, visit, test);
	}
}

static void test_every_recorded_flow_has_the_values_that_jansson_reads(void **state)
{
	memset(&seen, 0, sizeof(seen));
	each_recording(*state, count_line);
	assert_int_equal(seen.flows, 2233 + 1070 + 2954 + 102 + 503 + 774);
	assert_true(seen.stats > 0);
}

/* A copy whose objects have their members in another order, at all depths. */
static json_t *shuffled(const json_t *value, uint32_t *random)
{
	json_t *copy, *member;
	const char *key;
	size_t index;

	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, index, member)
			json_array_append_new(copy, shuffled(member, random));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	copy = json_object();
	/* each pass takes some of the members, and the last one all that are left */
	for (unsigned pass = 0; pass < 3; pass++) {
		json_object_foreach((json_t *)(uintptr_t)value, key, member) {
			*random = *random * 1664525 + 1013904223;
			if (json_object_get(copy, key) == NULL && (pass == 2 || *random >> 30 == 0))
				json_object_set_new(copy, key, shuffled(member, random));
		}
	}
	return copy;
}

/* The numbers of a flow are the same wherever its texts stand. */
static void assert_same_numbers(const struct decoded *expected, const struct decoded *actual)
{
	assert_int_equal(actual->count, expected->count);
	for (uint32_t i = 0; i < actual->count; i++) {
		assert_memory_equal(&actual->flows[i], &expected->flows[i], offsetof(struct flow, raw));
		assert_memory_equal(actual->columns[i].a, expected->columns[i].a, sizeof(actual->columns[i].a));
	}
}

static void shuffle_line(struct decode_test *test, const char *line, size_t length)
{
	static uint32_t random = 1;
	struct decode_test *other;
	json_t *message, *copy;
	char *text;

	if (random++ % 3 != 0)        /* a sample: jansson takes its time */
		return;
	assert_int_equal(decode_setup((void **)&other), 0);
	message = json_loadb(line, length, 0, NULL);
	copy = shuffled(message, &random);
	text = json_dumps(copy, random & 1 ? JSON_COMPACT : JSON_INDENT(2));
	assert_int_equal(decode_bytes(test, line, length), 0);
	assert_int_equal(decode_text(other, text), 0);
	assert_same_numbers(&test->out, &other->out);
	/* a decoder that expects the usual order */
	assert_int_equal(decode_bytes(other, line, length), 0);
	assert_int_equal(decode_text(other, text), 0);
	assert_same_numbers(&test->out, &other->out);
	free(text);
	json_decref(copy);
	json_decref(message);
	decode_teardown((void **)&other);
}

static void test_any_order_of_keys_and_white_space_gives_the_same_flows(void **state)
{
	each_line("recordings/mixed.jsonl", shuffle_line, *state);
	each_line("recordings/default-timing.jsonl", shuffle_line, *state);
}

/* What becomes of the first line of an input; the second is an ordinary message of one flow. */
struct input_case {
	const char *name;
	int result;
	enum decoded_kind kind;
	unsigned count, malformed;
};

static const struct input_case *current;
static unsigned line_number;

static void input_line(struct decode_test *test, const char *line, size_t length)
{
	int result = decode_bytes(test, line, length);

	if (line_number++ > 0) {
		assert_int_equal(result, 0);
		return;
	}
	assert_int_equal(result, current->result);
	assert_int_equal(test->out.kind, current->kind);
	assert_int_equal(test->out.count, current->count);
	assert_int_equal(test->out.malformed, current->malformed);
}

static void test_odd_messages_cost_no_more_than_decode_h_says(void **state)
{
	static const struct input_case cases[] = {
		{ "decode-dup-key", 0, DECODED_FLOWS, 1, 0 },
		{ "decode-empty-array", 0, DECODED_FLOWS, 0, 0 },
		{ "decode-finishtype-9", 0, DECODED_FLOWS, 2, 0 },
		{ "decode-finishtype-string", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-float-count", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-lowercase-keys", 0, DECODED_FLOWS, 2, 0 },
		{ "decode-not-json", ERR_INVALID, 0, 0, 0 },
		{ "decode-null-flow", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-obj-null", 0, DECODED_FLOWS, 0, 0 },
		{ "decode-obj-object", ERR_INVALID, 0, 0, 0 },
		{ "decode-other-namespace", 0, DECODED_FLOWS, 1, 0 },
		{ "decode-other-type", 0, DECODED_IGNORED, 0, 0 },
		{ "decode-port-string", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-protocol-null", 0, DECODED_FLOWS, 2, 0 },
		{ "decode-protocol-number", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-protocol-number-two-digits", 0, DECODED_FLOWS, 1, 1 },
		{ "decode-truncated", ERR_INVALID, 0, 0, 0 },
		{ "decode-unknown-icmp", 0, DECODED_FLOWS, 2, 0 },
		{ "decode-unknown-protocol", 0, DECODED_FLOWS, 2, 0 },
		{ "odd", 0, DECODED_FLOWS, 12, 0 },
		{ "missing-no-link", 0, DECODED_FLOWS, 2, 0 }, { "missing-no-network", 0, DECODED_FLOWS, 2, 0 },
		{ "missing-no-transport", 0, DECODED_FLOWS, 2, 0 }, { "missing-no-metric", 0, DECODED_FLOWS, 2, 0 },
		{ "missing-no-lastupdate", 0, DECODED_FLOWS, 2, 0 }, { "missing-no-uuid", 0, DECODED_FLOWS, 2, 0 },
		{ "missing-no-tcpmetric", 0, DECODED_FLOWS, 2, 0 }, { "missing-no-nodetid", 0, DECODED_FLOWS, 2, 0 },
		{ "null-no-link", 0, DECODED_FLOWS, 2, 0 }, { "null-no-network", 0, DECODED_FLOWS, 2, 0 },
		{ "null-no-transport", 0, DECODED_FLOWS, 2, 0 }, { "null-no-metric", 0, DECODED_FLOWS, 2, 0 },
		{ "null-no-lastupdate", 0, DECODED_FLOWS, 2, 0 }, { "null-no-uuid", 0, DECODED_FLOWS, 2, 0 },
		{ "null-no-tcpmetric", 0, DECODED_FLOWS, 2, 0 }, { "null-no-nodetid", 0, DECODED_FLOWS, 2, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[96];

		snprintf(path, sizeof(path), "inputs/%s.jsonl", cases[i].name);
		print_message("%s\n", cases[i].name);
		current = &cases[i];
		line_number = 0;
		each_line(path, input_line, *state);
	}
}

static void test_statistics_are_read_and_never_below_zero(void **state)
{
	struct decode_test *test = *state;

	assert_int_equal(decode_text(test, "{\"Namespace\":\"stats\",\"Type\":\"stats\",\"Obj\":{\"CaptureID\":\"a\",\"FlowCount\":1,"
		"\"FlowDropped\":2,\"KernelFlowDropped\":3,\"PacketsDropped\":4,\"PacketsReceived\":null}}"), 0);
	assert_int_equal(test->out.kind, DECODED_STATS);
	assert_int_equal(test->out.drops.capture, flow_capture_hash("a", 1));
	assert_int_equal(test->out.drops.flow_dropped, 2);
	assert_int_equal(test->out.drops.kernel_flow_dropped, 3);
	assert_int_equal(test->out.drops.packets_dropped, 4);
	assert_int_equal(decode_text(test, "{\"Obj\":{\"FlowDropped\":7},\"Type\":\"stats\",\"Namespace\":\"stats\"}"), 0);
	assert_int_equal(test->out.drops.flow_dropped, 7);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"stats\",\"Type\":\"stats\",\"Obj\":{\"FlowDropped\":-1}}"), ERR_INVALID);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"stats\",\"Type\":\"stats\",\"Obj\":{\"FlowDropped\":1.5}}"), ERR_INVALID);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"stats\",\"Type\":\"stats\",\"Obj\":[]}"), ERR_INVALID);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"stats\",\"Type\":\"stats\"}"), ERR_INVALID);
}

static void test_the_last_of_equal_envelope_keys_decides(void **state)
{
	struct decode_test *test = *state;

	assert_int_equal(decode_text(test, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{},{}],\"Obj\":[{}]}"), 0);
	assert_int_equal(test->out.count, 1);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{},{},7],\"Obj\":null}"), 0);
	assert_int_equal(test->out.count, 0);
	assert_int_equal(test->out.malformed, 0);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{}],\"Type\":\"update\"}"), 0);
	assert_int_equal(test->out.kind, DECODED_IGNORED);
	assert_int_equal(decode_text(test, "{\"Namespace\":7,\"Type\":\"store\",\"Obj\":[{}],\"Namespace\":\"flow\"}"), 0);
	assert_int_equal(test->out.count, 1);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{}],\"Namespace\":7}"), ERR_INVALID);
}

static void test_envelope_words_are_compared_by_value_and_case(void **state)
{
	struct decode_test *test = *state;

	assert_int_equal(decode_text(test, "{\"Name\\u0073pace\":\"fl\\u006fw\",\"Type\":\"stor\\u0065\",\"O\\u0062j\":[{}]}"), 0);
	assert_int_equal(test->out.count, 1);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"Flow\",\"Type\":\"store\",\"Obj\":[{}]}"), 0);
	assert_int_equal(test->out.kind, DECODED_IGNORED);
	assert_int_equal(decode_text(test, "{\"Namespace\":\"flows\",\"Type\":\"store\",\"Obj\":[{}]}"), 0);
	assert_int_equal(test->out.kind, DECODED_IGNORED);
	assert_int_equal(decode_text(test, "{\"namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{}]}"), 0);
	assert_int_equal(test->out.kind, DECODED_IGNORED);
	assert_int_equal(decode_text(test, "{}"), 0);
	assert_int_equal(test->out.kind, DECODED_IGNORED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_recorded_flow_has_the_values_that_jansson_reads),
		cmocka_unit_test(test_any_order_of_keys_and_white_space_gives_the_same_flows),
		cmocka_unit_test(test_odd_messages_cost_no_more_than_decode_h_says),
		cmocka_unit_test(test_statistics_are_read_and_never_below_zero),
		cmocka_unit_test(test_the_last_of_equal_envelope_keys_decides),
		cmocka_unit_test(test_envelope_words_are_compared_by_value_and_case),
	};

	return cmocka_run_group_tests(tests, decode_setup, decode_teardown);
}
