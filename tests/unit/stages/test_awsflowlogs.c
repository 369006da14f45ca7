/* awsflowlogs: parts, values, rows of csv and text, reports that are nothing new. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/aws_fields.h"
#include "support_pipeline.h"
#include "worker/flow_log.h"
#include "worker/record.h"
#include "worker/stage.h"

#define TCP ",\"Transport\":{\"Protocol\":\"TCP\",\"A\":40000,\"B\":443}"
#define NODE ",\"NodeTID\":\"tid-1\""
/* n packets have 9n bytes to B and 8n to A, as digits: 2 packets 92 bytes */
#define UPDATE(ab, ba, start, last) ",\"LastUpdateMetric\":{\"ABPackets\":" #ab ",\"ABBytes\":9" #ab ",\"BAPackets\":" #ba \
	",\"BABytes\":8" #ba ",\"Start\":" #start ",\"Last\":" #last "}"
#define SENT UPDATE(2, 1, 1717750000123, 1717750005999)

static struct pipeline_rig rig;
static struct arena texts;

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	arena_init(&texts, 1 << 20);
	rig.config.transform.type = TRANSFORM_AWSFLOWLOGS;
	rig.config.transform.aws.version = 2;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	arena_fini(&texts);
	return 0;
}

static void use_fields(const char **fields, size_t count)
{
	rig.config.transform.aws.fields = (struct text_list){ fields, count };
}

static void use_constants(struct text_pair *pairs, size_t count)
{
	rig.config.transform.aws.constants = (struct text_map){ pairs, count };
}

static void start(int encode)
{
	rig.config.encode.type = encode;
	rig.config.transform.aws.header = aws_header(&rig.config, &texts);
	rig_start(&rig);
}

/* What all objects hold, one behind the other. */
static const char *contents(void)
{
	static char all[1 << 16];
	size_t at = 0;

	rig_flush(&rig);
	for (unsigned i = 0; i < rig.spool.now.object_count; i++) {
		const struct buffer *content = &rig.spool.objects[i].content;

		assert_true(at + content->length < sizeof(all));
		memcpy(all + at, content->bytes, content->length);
		at += content->length;
	}
	all[at] = '\0';
	return all;
}

#define HEADER "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action " \
	"log-status\n"

static void a_flow_gives_a_row_for_each_direction(void **state)
{
	(void)state;
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE SENT));
	assert_string_equal(contents(), HEADER
		"2 - tid-1 10.1.2.3 8.8.8.8 40000 443 6 2 92 1717750000 1717750005 ACCEPT OK\n"
		"2 - tid-1 8.8.8.8 10.1.2.3 443 40000 6 1 81 1717750000 1717750005 ACCEPT OK\n");
	rig_assert_account(&rig, 1);
	assert_int_equal(rig.spool.now.account.records_out, 2);
	assert_int_equal(rig.spool.now.account.waiting_spool, 1);
}

static void a_direction_without_packets_gives_none(void **state)
{
	(void)state;
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE UPDATE(0, 3, 1000, 2000)));
	rig_feed(&rig, message_of(1, 11, EGRESS TCP NODE UPDATE(0, 0, 1000, 2000)));
	rig_feed(&rig, message_of(1, 12, EGRESS TCP NODE));
	assert_string_equal(contents(), HEADER "2 - tid-1 8.8.8.8 10.1.2.3 443 40000 6 3 83 1 2 ACCEPT OK\n");
	assert_int_equal(rig.spool.now.account.excluded_rule, 2);
	rig_assert_account(&rig, 3);
}

static void json_has_aws_names_and_numbers(void **state)
{
	static const char *fields[] = { "bytes", "srcaddr", "tcp-flags", "account-id", "traffic-path", "region", "version" };
	static struct text_pair constants[] = { { "account-id", "0012\"<" }, { "traffic-path", "8" } };

	(void)state;
	use_fields(fields, 7);
	use_constants(constants, 2);
	start(ENCODE_JSON);
	rig_feed(&rig, message_of(1, 10, EGRESS TCP UPDATE(2, 0, 1000, 2000)));
	assert_string_equal(contents(), "[{\"bytes\":92,\"srcaddr\":\"10.1.2.3\",\"tcp-flags\":\"-\",\"account-id\":"
		"\"0012\\\"\\u003c\",\"traffic-path\":8,\"region\":\"-\",\"version\":5}]\n");
}

static void constants_stand_for_what_no_flow_tells(void **state)
{
	static const char *fields[] = { "vpc-id", "interface-id", "subnet-id", "type" };
	static struct text_pair constants[] = { { "interface-id", "eni,1" }, { "vpc-id", "a \"b\"" }, { "bytes", "7" } };

	(void)state;
	use_fields(fields, 4);
	use_constants(constants, 3);
	start(ENCODE_CSV);
	rig_feed(&rig, message_of(1, 10, EGRESS NODE UPDATE(2, 0, 1000, 2000)));
	assert_string_equal(contents(), "vpc-id,interface-id,subnet-id,type\n\"a \"\"b\"\"\",\"eni,1\",-,IPv4\n");
}

/* Which flags each end sent, of all that were seen. */
static void flags_are_those_of_the_direction(void **state)
{
	static const char *fields[] = { "srcport", "tcp-flags" };

	(void)state;
	use_fields(fields, 2);
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS TCP SENT ",\"TCPMetric\":{\"ABSynStart\":1,\"BASynStart\":2,\"ABFinStart\":3,"
		"\"BARstStart\":4}"));
	rig_feed(&rig, message_of(1, 11, EGRESS TCP SENT ",\"TCPMetric\":{\"ABSynStart\":0}"));
	rig_feed(&rig, message_of(1, 12, EGRESS TCP SENT));
	assert_string_equal(contents(), "srcport tcp-flags\n40000 3\n443 22\n40000 0\n443 0\n40000 -\n443 -\n");
}

static void protocols_are_ianas_and_have_ports_or_0(void **state)
{
	static const char *fields[] = { "srcport", "dstport", "protocol" };

	(void)state;
	use_fields(fields, 3);
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS ",\"ICMP\":{\"Type\":\"ECHO\"}" UPDATE(1, 0, 1, 2)));
	rig_feed(&rig, message_of(1, 11, ",\"Network\":{\"Protocol\":\"IPV6\",\"A\":\"2001:db8::1\",\"B\":\"2001:db8::2\"},"
		"\"ICMP\":{\"Type\":\"NEIGHBOR\"}" UPDATE(1, 0, 1, 2)));
	rig_feed(&rig, message_of(1, 12, OTHER ",\"Transport\":{\"Protocol\":\"SCTP\",\"A\":5,\"B\":6}" UPDATE(1, 0, 1, 2)));
	rig_feed(&rig, message_of(1, 13, UPDATE(1, 0, 1, 2)));
	assert_string_equal(contents(), "srcport dstport protocol\n0 0 58\n5 6 132\n- - -\n"
		"srcport dstport protocol\n0 0 1\n");
}

static void text_has_no_blank_inside_a_field(void **state)
{
	static const char *fields[] = { "srcaddr", "dstaddr", "bytes" };

	(void)state;
	use_fields(fields, 3);
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"1 2\",\"B\":\"\"}" UPDATE(1, 0, 1, 2)));
	assert_string_equal(contents(), "srcaddr dstaddr bytes\n1_2 - 91\n");
}

static void what_cannot_be_is_counted_as_an_error(void **state)
{
	(void)state;
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS SENT ",\"Transport\":{\"Protocol\":\"TCP\",\"A\":70000,\"B\":443}"));
	rig_feed(&rig, message_of(1, 11, EGRESS TCP ",\"LastUpdateMetric\":{\"ABPackets\":-1}"));
	assert_string_equal(contents(), "");
	assert_int_equal(rig.spool.now.account.lost_error, 2);
	rig_assert_account(&rig, 2);
}

/* ---- reports that are nothing new ---- */

static void an_interval_that_is_repeated_is_nothing_new(void **state)
{
	(void)state;
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE UPDATE(1, 0, 1000, 2000)));
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE UPDATE(1, 0, 1000, 2000)));
	rig_feed(&rig, message_of(1, 11, EGRESS TCP NODE UPDATE(1, 0, 1000, 2000)));
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE UPDATE(1, 0, 2000, 3000)));
	rig_feed(&rig, message_of(1, 10, EGRESS TCP NODE UPDATE(1, 0, 2000, 3000) ",\"FinishType\":1"));
	assert_string_equal(contents(), HEADER
		"2 - tid-1 10.1.2.3 8.8.8.8 40000 443 6 1 91 1 2 ACCEPT OK\n"
		"2 - tid-1 10.1.2.3 8.8.8.8 40000 443 6 1 91 1 2 ACCEPT OK\n"
		"2 - tid-1 10.1.2.3 8.8.8.8 40000 443 6 1 91 2 3 ACCEPT OK\n");
	assert_int_equal(rig.spool.now.account.excluded_rule, 2);
	rig_assert_account(&rig, 5);
}

static void an_interval_is_remembered_for_ten_minutes_and_to_a_timeout(void **state)
{
	(void)state;
	start(ENCODE_TEXT);
	rig_feed(&rig, message_of(1, 10, EGRESS UPDATE(1, 0, 1000, 2000)));
	rig.now_ns += 601 * NS_PER_S;
	rig_feed(&rig, message_of(1, 10, EGRESS UPDATE(1, 0, 1000, 2000)));
	assert_int_equal(rig.spool.now.account.excluded_rule, 0);
	rig_feed(&rig, message_of(1, 10, EGRESS UPDATE(1, 0, 1000, 2000) ",\"FinishType\":1"));
	assert_int_equal(rig.spool.now.account.excluded_rule, 1);
	rig_feed(&rig, message_of(1, 10, EGRESS UPDATE(1, 0, 1000, 2000)));
	assert_int_equal(rig.spool.now.account.excluded_rule, 1);
	rig_flush(&rig);
}

static void flows_without_a_uuid_are_always_new(void **state)
{
	char message[1024];

	(void)state;
	snprintf(message, sizeof(message), "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"\"" EGRESS
		UPDATE(1, 0, 1000, 2000) "}]}");
	start(ENCODE_TEXT);
	rig_feed(&rig, message);
	rig_feed(&rig, message);
	assert_int_equal(rig.spool.now.account.excluded_rule, 0);
	rig_flush(&rig);
}

/* ---- records of manglers ---- */

static void assert_row(const struct record *record, const char *wanted)
{
	struct buffer out;

	buffer_init(&out, 4096);
	assert_int_equal(record->format->write_row(record, NULL, ' ', &out), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal(out.bytes, wanted);
	buffer_fini(&out);
}

static void silence_and_rejection_have_rows_without_packets(void **state)
{
	struct flow_log log = { .node_tid = "tid-1", .start_ms = 1000, .end_ms = 61000 };
	struct record record = { .detail = &log, .log_status = LOG_STATUS_NODATA };

	(void)state;
	start(ENCODE_TEXT);
	record.format = stage_record_format(&rig.config);
	assert_int_equal(record.format->parts(&record), 1);
	assert_row(&record, "2 - tid-1 - - - - - - - 1 61 - NODATA");
	record.log_status = LOG_STATUS_UNSAID;
	assert_int_equal(record.format->parts(&record), 0);
	log.action = ACTION_REJECTED;
	snprintf(log.address[0], sizeof(log.address[0]), "10.0.0.1");
	snprintf(log.address[1], sizeof(log.address[1]), "10.0.0.2");
	log.protocol = 17;
	log.port[0] = 1;
	log.port[1] = 53;
	assert_int_equal(record.format->parts(&record), 1);
	assert_row(&record, "2 - tid-1 10.0.0.1 10.0.0.2 1 53 17 0 0 1 61 REJECT OK");
	log.update.packets[FLOW_LOG_B] = 4;
	log.update.bytes[FLOW_LOG_B] = 400;
	record.log_status = LOG_STATUS_SKIPDATA;
	log.action = ACTION_ACCEPTED;
	record.flow = &(struct flow){ 0 };
	assert_int_equal(record.format->parts(&record), 1);
	assert_row(&record, "2 - tid-1 10.0.0.2 10.0.0.1 53 1 17 4 400 1 61 ACCEPT SKIPDATA");
}

/* ---- objects ---- */

static void assert_outside(int encode, int compress, const char *ending, const char *type)
{
	struct spool_format format;

	rig.config.encode.type = encode;
	rig.config.compress.type = compress;
	pipeline_format(rig.pipeline, &format);
	assert_string_equal(format.ending, ending);
	assert_string_equal(format.content_type, type);
}

static void names_and_headers_follow_the_encoding(void **state)
{
	(void)state;
	start(ENCODE_CSV);
	assert_outside(ENCODE_CSV, COMPRESS_NONE, ".csv", "text/csv");
	assert_outside(ENCODE_CSV, COMPRESS_GZIP, ".csv.gz", "text/csv");
	assert_outside(ENCODE_TEXT, COMPRESS_NONE, ".log", "text/plain");
	assert_outside(ENCODE_TEXT, COMPRESS_GZIP, ".log.gz", "text/plain");
	assert_outside(ENCODE_JSON, COMPRESS_GZIP, ".json.gz", "application/json");
	rig.config.compat = COMPAT_SFE;
	assert_outside(ENCODE_CSV, COMPRESS_NONE, ".gz", "application/json");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_gives_a_row_for_each_direction),
		TEST(a_direction_without_packets_gives_none),
		TEST(json_has_aws_names_and_numbers),
		TEST(constants_stand_for_what_no_flow_tells),
		TEST(flags_are_those_of_the_direction),
		TEST(protocols_are_ianas_and_have_ports_or_0),
		TEST(text_has_no_blank_inside_a_field),
		TEST(what_cannot_be_is_counted_as_an_error),
		TEST(an_interval_that_is_repeated_is_nothing_new),
		TEST(an_interval_is_remembered_for_ten_minutes_and_to_a_timeout),
		TEST(flows_without_a_uuid_are_always_new),
		TEST(silence_and_rejection_have_rows_without_packets),
		TEST(names_and_headers_follow_the_encoding),
	};

	return cmocka_run_group_tests_name("awsflowlogs", tests, NULL, NULL);
}
