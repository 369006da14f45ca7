/* What the token service's answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "worker/s3/iam_answer.h"

#define NOW_MS 1767225600000LL                /* 2026-01-01T00:00:00Z */
#define SERVICE "http://iam/identity/token"

static struct iam_grant grant;
static struct s3_refusal refusal;
static struct err err;

static int answer(long status, const char *headers, const char *body)
{
	struct http_request request = { .failure = HTTP_ANSWERED, .status = status };
	int error;

	buffer_init(&request.answer_headers, HTTP_ANSWER_MAX);
	buffer_init(&request.answer_body, HTTP_ANSWER_MAX);
	buffer_append_text(&request.answer_headers, headers);
	buffer_append_text(&request.answer_body, body);
	error = iam_answer_read(&grant, &refusal, &request, SERVICE, "the/key", NOW_MS, &err);
	http_request_fini(&request);
	return error;
}

static void a_token_comes_with_its_life(void **state)
{
	(void)state;
	assert_int_equal(answer(200, "", "{\"access_token\":\"abc.DEF-1\",\"expires_in\":3600,\"expiration\":1}"), 0);
	assert_string_equal(grant.token, "abc.DEF-1");
	assert_int_equal(grant.life_ms, 3600 * 1000);
	/* by the service's clock, where it says no more */
	assert_int_equal(answer(200, "", "{\"access_token\":\"a\",\"expiration\":1767225610}"), 0);
	assert_int_equal(grant.life_ms, 10 * 1000);
	assert_int_equal(answer(200, "", "{\"access_token\":\"a\",\"expires_in\":9000000000000000000}"), 0);
	assert_int_equal(grant.life_ms, 24 * 3600 * 1000);
}

static void what_is_no_token_is_not_used(void **state)
{
	static const char *const bodies[] = { "", "It works!", "[]", "{}", "{\"access_token\":7,\"expires_in\":9}",
		"{\"access_token\":\"\",\"expires_in\":9}", "{\"access_token\":\"a\\r\\nX: b\",\"expires_in\":9}",
		"{\"access_token\":\"a b\",\"expires_in\":9}", "{\"access_token\":\"a\",\"expires_in\":0}",
		"{\"access_token\":\"a\",\"expires_in\":-5}", "{\"access_token\":\"a\",\"expiration\":1767225600}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(answer(200, "", bodies[i]), ERR_PROTOCOL);
		assert_string_equal(refusal.reason, "NoToken");
		assert_string_equal(refusal.field, "pipeline.write.s3.iam_endpoint");
		assert_non_null(strstr(err.message, SERVICE));
	}
}

static void a_token_too_long_for_a_message_is_not_used(void **state)
{
	static char token[IPC_TOKEN_MAX + 2], body[IPC_TOKEN_MAX + 64];

	(void)state;
	memset(token, 'a', IPC_TOKEN_MAX);
	snprintf(body, sizeof(body), "{\"expires_in\":9,\"access_token\":\"%s\"}", token);
	assert_int_equal(answer(200, "", body), 0);
	token[IPC_TOKEN_MAX] = 'a';
	snprintf(body, sizeof(body), "{\"expires_in\":9,\"access_token\":\"%s\"}", token);
	assert_int_equal(answer(200, "", body), ERR_PROTOCOL);
}

static void a_refusal_is_told_in_the_services_words_without_the_key(void **state)
{
	(void)state;
	assert_int_equal(answer(400, "", "{\"errorCode\":\"BXNIM0415E\",\"errorMessage\":\"Key the/key could not\\nbe found.\"}"),
		ERR_DENIED);
	assert_string_equal(refusal.reason, "BXNIM0415E");
	assert_string_equal(refusal.field, "pipeline.write.s3.api_key");
	assert_non_null(strstr(err.message, "it answers 400 BXNIM0415E: Key ******* could notbe found."));
	assert_int_equal(answer(404, "", "<html>"), ERR_NOT_FOUND);
	assert_string_equal(refusal.reason, "HTTP404");
	assert_string_equal(refusal.field, "pipeline.write.s3.iam_endpoint");
	assert_int_equal(answer(503, "Retry-After: 7\r\n", "{\"errorCode\":\"two words\"}"), ERR_BUSY);
	assert_string_equal(refusal.reason, "HTTP503");
	assert_null(refusal.field);
	assert_int_equal(refusal.retry_after_ms, 7000);
}

static void no_answer_names_the_service(void **state)
{
	struct http_request request = { .failure = HTTP_STALLED };

	(void)state;
	err_set(&request.err, ERR_TIMEOUT, "no answer");
	assert_int_equal(iam_answer_read(&grant, &refusal, &request, SERVICE, "the/key", NOW_MS, &err), ERR_TIMEOUT);
	assert_string_equal(err.message, "token service " SERVICE ": no answer");
	assert_string_equal(refusal.field, "pipeline.write.s3.iam_endpoint");
	assert_string_equal(refusal.reason, "Stalled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_comes_with_its_life),
		cmocka_unit_test(what_is_no_token_is_not_used),
		cmocka_unit_test(a_token_too_long_for_a_message_is_not_used),
		cmocka_unit_test(a_refusal_is_told_in_the_services_words_without_the_key),
		cmocka_unit_test(no_answer_names_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
