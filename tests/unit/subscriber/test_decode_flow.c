/* One flow: which values are taken, which make it malformed, and that its neighbours stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "subscriber/decode_fields.h"
#include "tests/unit/subscriber/support_decode.h"

/* The flow of a message with one. */
static const struct flow *flow_of(struct decode_test *test, const char *flow)
{
	decode_flows(test, flow);
	assert_int_equal(test->out.count, 1);
	assert_int_equal(test->out.malformed, 0);
	return &test->out.flows[0];
}

static void test_each_field_of_a_wrong_type_costs_its_flow_alone(void **state)
{
	static const char *const values[] = { "1", "-1", "1.5", "1e2", "99999999999999999999", "\"1\"", "true", "false", "[]",
		"[{}]", "{}", "{\"a\":1}", "null" };

	for (unsigned number = 0; number < FIELDS_HELD; number++) {
		const struct field *field = &fields[number];
		unsigned refused = 0;

		if (field->group < GROUP_FLOW)
			continue;
		for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
			struct decode_test *test = *state;
			const char *layer = "";
			char flows[256];

			for (unsigned j = 0; j < FIELDS_HELD && field->group != GROUP_FLOW; j++) {
				if (fields[j].kind == FIELD_LAYER && fields[j].layer == field->group)
					layer = fields[j].key;
			}
			snprintf(flows, sizeof(flows), "{\"UUID\":\"1\"},{%.*s%s%.*s%s%s},{\"UUID\":\"3\"}", FIELD_KEY_SIZE, layer,
				*layer ? "{" : "", field->length, field->key, values[i], *layer ? "}" : "");
			decode_flows(test, flows);
			assert_int_equal(test->out.count + test->out.malformed, 3);
			assert_true(ref_is(test, test->out.flows[0].uuid, "1"));
			assert_true(ref_is(test, test->out.flows[test->out.count - 1].uuid, "3"));
			refused += test->out.malformed;
		}
		/* of the values, two are integers, one is a string, two are objects, and null suits all */
		assert_int_equal(refused, sizeof(values) / sizeof(*values) - 1 - (field->kind == FIELD_TEXT ||
			field->kind == FIELD_PROTOCOL ? 1 : 2));
	}
}

static void test_elements_that_are_no_object_are_counted(void **state)
{
	struct decode_test *test = *state;

	decode_flows(test, "{\"UUID\":\"1\"},null,7,\"x\",[],[{\"UUID\":\"no\"}],true,{\"UUID\":\"2\"}");
	assert_int_equal(test->out.count, 2);
	assert_int_equal(test->out.malformed, 6);
}

static void test_one_broken_flow_of_a_hundred_leaves_ninety_nine(void **state)
{
	struct decode_test *test = *state;
	char flows[4096];
	size_t length = 0;

	for (unsigned i = 0; i < 100; i++)
		length += (size_t)snprintf(flows + length, sizeof(flows) - length, "%s{\"Start\":%s%u}", i ? "," : "",
			i == 42 ? "-0." : "", i);
	decode_flows(test, flows);
	assert_int_equal(test->out.count, 99);
	assert_int_equal(test->out.malformed, 1);
	assert_int_equal(test->out.flows[41].start, 41);
	assert_int_equal(test->out.flows[42].start, 43);
}

static void test_integers_are_exact_to_the_last_of_64_bits(void **state)
{
	static const int64_t numbers[] = { 0, 1, 9, 10, 1234567, 12345678, 123456789, 99999999, 100000000, 1717750000123,
		123456789012345, 999999999999999, 1234567890123456, 9999999999999999, 123456789012345678, INT64_MAX - 1,
		INT64_MAX };
	struct decode_test *test = *state;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		char flow[128];
		const struct flow *decoded;

		snprintf(flow, sizeof(flow), "{\"Start\":%jd,\"Last\":-%jd}", (intmax_t)numbers[i], (intmax_t)numbers[i]);
		decoded = flow_of(test, flow);
		assert_true(decoded->start == numbers[i] && decoded->last == -numbers[i]);
	}
	assert_true(flow_of(test, "{\"Start\":-9223372036854775808}")->start == INT64_MIN);
	assert_int_equal(flow_of(test, "{\"Start\":-0}")->start, 0);
	decode_flows(test, "{\"Start\":9223372036854775808},{\"Start\":-9223372036854775809},{\"Start\":1e1}");
	assert_int_equal(test->out.malformed, 3);
}

static void test_numbers_that_no_field_holds_may_be_of_any_size(void **state)
{
	struct decode_test *test = *state;

	flow_of(test, "{\"x\":99999999999999999999999999,\"y\":{\"z\":[-1e999,1E+5,1.0e-999]},\"Network\":{\"ID\":\"any\"}}");
}

static void test_the_last_of_equal_keys_counts_and_replaces_a_layer_whole(void **state)
{
	struct decode_test *test = *state;
	const struct flow *flow = flow_of(test, "{\"Link\":{\"Protocol\":\"ETHERNET\",\"A\":\"x\",\"ID\":7},\"Link\":{\"B\":\"y\"}}");

	assert_int_equal(flow->link_a.length, 0);
	assert_int_equal(flow->link_id, 0);
	assert_int_equal(flow->link_protocol, PROTOCOL_UNKNOWN);
	assert_true(ref_is(test, flow->link_b, "y"));
	flow = flow_of(test, "{\"Metric\":{\"RTT\":7},\"Metric\":null,\"UUID\":\"a\",\"UUID\":null,\"FinishType\":1,\"FinishType\":null}");
	assert_int_equal(flow->present, 0);
	assert_int_equal(flow->metric.rtt, 0);
	assert_int_equal(flow->metric_text.length, 0);
	assert_int_equal(flow->uuid.length, 0);
}

static void test_a_wrong_type_is_forgiven_when_a_right_one_follows(void **state)
{
	struct decode_test *test = *state;

	assert_int_equal(flow_of(test, "{\"Start\":\"x\",\"Start\":5}")->start, 5);
	assert_int_equal(flow_of(test, "{\"Link\":{\"ID\":\"x\"},\"Link\":{\"ID\":5}}")->link_id, 5);
	assert_int_equal(flow_of(test, "{\"Link\":7,\"Link\":{\"ID\":5}}")->link_id, 5);
	flow_of(test, "{\"Link\":{\"ID\":\"x\"},\"Link\":null}");
	decode_flows(test, "{\"Start\":5,\"Start\":\"x\"},{\"Link\":{\"ID\":5,\"ID\":[]}},{\"Link\":{},\"Link\":[]}");
	assert_int_equal(test->out.malformed, 3);
}

static void test_keys_are_compared_by_value_and_case(void **state)
{
	struct decode_test *test = *state;
	const struct flow *flow = flow_of(test, "{\"\\u0055UID\":\"1\",\"uuid\":\"2\",\"UUID \":\"3\",\"UUID\\u0000\":\"4\","
		"\"Li\\u006ek\":{\"\\u0041\":\"m\",\"a\":5},\"\":6,\"UUIDUUIDUUIDUUIDUUIDUUIDUUIDUUIDUUIDUUIDUUID\\n\":7}");

	assert_true(ref_is(test, flow->uuid, "1"));
	assert_true(ref_is(test, flow->link_a, "m"));
}

static void test_protocols_are_known_by_value(void **state)
{
	struct decode_test *test = *state;
	const struct flow *flow = flow_of(test, "{\"Link\":{\"Protocol\":\"ETHERNET\"},\"Network\":{\"Protocol\":\"\\u0049PV6\"},"
		"\"Transport\":{\"Protocol\":\"QUIC\"}}");

	assert_int_equal(flow->link_protocol, PROTOCOL_ETHERNET);
	assert_int_equal(flow->network_protocol, PROTOCOL_IPV6);
	assert_int_equal(flow->network_protocol_text.escaped, 1);
	assert_int_equal(flow->transport_protocol, PROTOCOL_UNKNOWN);
	assert_true(ref_is(test, flow->transport_protocol_text, "QUIC"));
}

static void test_an_unknown_finish_type_is_kept_as_sent(void **state)
{
	const struct flow *flow = flow_of(*state, "{\"FinishType\":-9}");

	assert_int_equal(flow->finish_type, -9);
	assert_int_equal(flow->present, FLOW_HAS_FINISH_TYPE);
}

static void test_addresses_and_capture_stand_in_the_column(void **state)
{
	static const uint8_t ten[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	struct decode_test *test = *state;
	const struct flow_column *column = test->out.columns;

	flow_of(test, "{\"Network\":{\"A\":\"::ffff:10.1.2.3\",\"B\":\"10.1.2.3/24\"},\"CaptureID\":\"c\"}");
	column = test->out.columns;
	assert_memory_equal(column->a, ten, 16);
	assert_int_equal(column->valid, ADDRESS_A_VALID);
	assert_int_equal(column->capture, flow_capture_hash("c", 1));
	flow_of(test, "{\"Network\":{\"A\":\"10.1.2.\\u0033\",\"B\":\"10.1.2.3\"}}");
	assert_int_equal(test->out.columns->valid, ADDRESS_B_VALID);
	assert_int_equal(test->out.columns->capture, 0);
}

static void test_texts_keep_their_escapes_and_stay_where_they_are(void **state)
{
	struct decode_test *test = *state;
	const struct flow *flow = flow_of(test, "{\"Application\":\"\\u0000\\\"\\ud83d\\ude00 \xc3\xa9\",\"Metric\":{ \"RTT\":1 },\"x\":1}");

	assert_true(ref_is(test, flow->application, "\\u0000\\\"\\ud83d\\ude00 \xc3\xa9"));
	assert_int_equal(flow->application.escaped, 1);
	assert_true(ref_is(test, flow->metric_text, "{ \"RTT\":1 }"));
	assert_int_equal(test->text[flow->raw.offset], '{');
	assert_int_equal(test->text[flow->raw.offset + flow->raw.length - 1], '}');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_field_of_a_wrong_type_costs_its_flow_alone),
		cmocka_unit_test(test_elements_that_are_no_object_are_counted),
		cmocka_unit_test(test_one_broken_flow_of_a_hundred_leaves_ninety_nine),
		cmocka_unit_test(test_integers_are_exact_to_the_last_of_64_bits),
		cmocka_unit_test(test_numbers_that_no_field_holds_may_be_of_any_size),
		cmocka_unit_test(test_the_last_of_equal_keys_counts_and_replaces_a_layer_whole),
		cmocka_unit_test(test_a_wrong_type_is_forgiven_when_a_right_one_follows),
		cmocka_unit_test(test_keys_are_compared_by_value_and_case),
		cmocka_unit_test(test_protocols_are_known_by_value),
		cmocka_unit_test(test_an_unknown_finish_type_is_kept_as_sent),
		cmocka_unit_test(test_addresses_and_capture_stand_in_the_column),
		cmocka_unit_test(test_texts_keep_their_escapes_and_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, decode_setup, decode_teardown);
}
