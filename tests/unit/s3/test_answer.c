/* What an object store's refusals come to: words, field, reason, when to try again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "worker/s3/answer.h"

#define NOW_MS 1369353600000LL                /* 2013-05-24T00:00:00Z */

static const struct s3_store store = { .endpoint = "http://store:9000", .bucket = "logs",
	.credentials = { "AKIAEXAMPLE", "secret", "us-east-1" } };

static struct s3_refusal refusal;
static struct err err;

static void judge(long status, const char *headers, const char *body)
{
	struct http_request request = { .failure = HTTP_ANSWERED, .status = status };

	buffer_init(&request.answer_headers, HTTP_ANSWER_MAX);
	buffer_init(&request.answer_body, HTTP_ANSWER_MAX);
	buffer_append_text(&request.answer_headers, headers);
	buffer_append_text(&request.answer_body, body);
	assert_true(s3_answer_judge(&refusal, &request, &store, NOW_MS, &err) < 0);
	assert_int_equal(err.code, refusal.error);
	/* neither is this writer's own verdict on an object */
	assert_int_not_equal(refusal.error, ERR_CORRUPT);
	assert_int_not_equal(refusal.error, ERR_AGAIN);
	http_request_fini(&request);
}

static void check(long status, const char *code, const char *field)
{
	char body[256];

	snprintf(body, sizeof(body), "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>Say &amp; so</Message></Error>", code);
	judge(status, "Content-Type: application/xml\r\n", body);
	assert_string_equal(refusal.reason, code);
	assert_non_null(strstr(err.message, code));
	assert_non_null(strstr(err.message, "Say & so"));
	if (field == NULL)
		assert_null(refusal.field);
	else
		assert_string_equal(refusal.field, field);
}

static void each_refusal_names_the_field_that_would_mend_it(void **state)
{
	(void)state;
	check(403, "InvalidAccessKeyId", "pipeline.write.s3.access_key");
	check(403, "SignatureDoesNotMatch", "pipeline.write.s3.secret_key");
	check(403, "AccessDenied", "pipeline.write.s3.access_key");
	check(400, "AuthorizationHeaderMalformed", "pipeline.write.s3.region");
	check(301, "PermanentRedirect", "pipeline.write.s3.region");
	check(404, "NoSuchBucket", "pipeline.store.buffered.dirname");
	check(400, "InvalidBucketName", "pipeline.store.buffered.dirname");
	check(403, "RequestTimeTooSkewed", NULL);
	check(503, "SlowDown", NULL);
	check(500, "InternalError", NULL);
}

static void an_answer_without_a_body_is_told_by_its_status(void **state)
{
	(void)state;
	judge(404, "", "");
	assert_string_equal(refusal.reason, "HTTP404");
	assert_string_equal(refusal.field, "pipeline.store.buffered.dirname");
	judge(302, "Location: http://elsewhere/\r\n", "");
	assert_non_null(strstr(err.message, "http://elsewhere/"));
	assert_string_equal(refusal.field, "pipeline.write.s3.endpoint");
	judge(200, "", "");     /* cannot come here; still no success */
}

static void a_wrong_clock_is_named_with_its_difference(void **state)
{
	(void)state;
	judge(403, "Date: Fri, 24 May 2013 01:00:00 GMT\r\n", "<Error><Code>RequestTimeTooSkewed</Code></Error>");
	assert_non_null(strstr(err.message, "clock is 3600 s behind"));
	judge(403, "date: Thu, 23 May 2013 23:00:00 GMT\r\n", "<Error><Code>RequestTimeTooSkewed</Code></Error>");
	assert_non_null(strstr(err.message, "clock is 3600 s ahead"));
	judge(403, "Date: Fri, 24 May 2013 00:00:10 GMT\r\n", "<Error><Code>AccessDenied</Code></Error>");
	assert_null(strstr(err.message, "clock"));
}

static void an_access_key_that_the_store_repeats_is_masked(void **state)
{
	(void)state;
	judge(403, "", "<Error><Code>InvalidAccessKeyId</Code><Message>No AKIAEXAMPLE here, AKIAEXAMPLE</Message></Error>");
	assert_null(strstr(err.message, "AKIAEXAMPLE"));
	assert_non_null(strstr(err.message, "No *********** here"));
}

/* Where a message is cut, half an access key would be no access key any more. */
static void a_message_is_masked_before_it_is_cut(void **state)
{
	char body[S3_MESSAGE_SIZE + 128], filler[S3_MESSAGE_SIZE - 6];

	(void)state;
	memset(filler, 'x', sizeof(filler));
	filler[sizeof(filler) - 1] = '\0';
	snprintf(body, sizeof(body), "<Error><Code>AccessDenied</Code><Message>%sAKIAEXAMPLE</Message></Error>", filler);
	judge(403, "", body);
	assert_non_null(strstr(err.message, "xxx***"));
	assert_null(strstr(err.message, "AKIA"));
}

static void a_code_that_is_no_word_is_not_used(void **state)
{
	(void)state;
	judge(400, "", "<Code>two words\x1b[31m</Code>");
	assert_string_equal(refusal.reason, "HTTP400");
	judge(400, "", "<Code></Code><Message>a\nb\x07&lt;c&#39;</Message>");
	assert_non_null(strstr(err.message, "ab<c'"));
	judge(400, "", "<Code>Cut");
	assert_string_equal(refusal.reason, "Cut");
}

static void retry_after_is_seconds_or_a_date_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(s3_answer_retry_after("120", NOW_MS), 120000);
	assert_int_equal(s3_answer_retry_after("0", NOW_MS), 0);
	assert_int_equal(s3_answer_retry_after("99999999999999999999", NOW_MS), 600000);
	assert_int_equal(s3_answer_retry_after("12x", NOW_MS), 0);
	assert_int_equal(s3_answer_retry_after("-5", NOW_MS), 0);
	assert_int_equal(s3_answer_retry_after("", NOW_MS), 0);
	assert_int_equal(s3_answer_retry_after("Fri, 24 May 2013 00:00:30 GMT", NOW_MS), 30000);
	assert_int_equal(s3_answer_retry_after("Fri, 24 May 2012 00:00:30 GMT", NOW_MS), 0);
	judge(503, "retry-AFTER:  7 \r\n", "");
	assert_int_equal(refusal.retry_after_ms, 7000);
}

static void a_request_without_an_answer_names_endpoint_or_authority(void **state)
{
	static const struct { enum http_failure failure; const char *said, *field, *reason; } cases[] = {
		{ HTTP_NO_HOST, "Could not resolve host", "pipeline.write.s3.endpoint", "NoHost" },
		{ HTTP_NO_CONNECTION, "connecting: Connection refused", "pipeline.write.s3.endpoint", "NoConnection" },
		{ HTTP_NO_TRUST, "SSL certificate problem: unable to get local issuer certificate", "pipeline.write.s3.ca_file",
		  "NoTrust" },
		{ HTTP_NO_TRUST, "SSL certificate problem: certificate has expired", "pipeline.write.s3.endpoint", "NoTrust" },
		{ HTTP_STALLED, "no answer", "pipeline.write.s3.endpoint", "Stalled" },
		{ HTTP_NOT_ALLOWED, "it leads to a loopback address", "pipeline.write.s3.endpoint", "NotAllowed" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request = { .failure = cases[i].failure };

		err_set(&request.err, ERR_CORRUPT, "%s", cases[i].said);
		assert_int_equal(s3_answer_judge(&refusal, &request, &store, NOW_MS, &err), ERR_IO);
		assert_string_equal(refusal.field, cases[i].field);
		assert_string_equal(refusal.reason, cases[i].reason);
		assert_non_null(strstr(err.message, cases[i].said));
		assert_non_null(strstr(err.message, "http://store:9000"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_names_the_field_that_would_mend_it),
		cmocka_unit_test(an_answer_without_a_body_is_told_by_its_status),
		cmocka_unit_test(a_wrong_clock_is_named_with_its_difference),
		cmocka_unit_test(an_access_key_that_the_store_repeats_is_masked),
		cmocka_unit_test(a_message_is_masked_before_it_is_cut),
		cmocka_unit_test(a_code_that_is_no_word_is_not_used),
		cmocka_unit_test(retry_after_is_seconds_or_a_date_within_bounds),
		cmocka_unit_test(a_request_without_an_answer_names_endpoint_or_authority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
