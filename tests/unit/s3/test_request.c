/* URL and headers of the requests to an object store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "worker/s3/request.h"

#define NOW_MS 1767225600000LL                /* 2026-01-01T00:00:00Z */

static struct s3_store store(const char *endpoint)
{
	return (struct s3_store){ .endpoint = endpoint, .bucket = "bucket", .content_encoding = true,
		.credentials = { "access", "secret", "region" } };
}

static struct object_head object(const char *key)
{
	struct object_head head = { .content_type = "application/json", .content_encoding = "gzip",
		.first_timestamp_ms = 111, .last_timestamp_ms = 222, .records = 3, .bytes = 4 };

	snprintf(head.key, sizeof(head.key), "%s", key);
	memset(head.sha256, 0xab, sizeof(head.sha256));
	return head;
}

static const char *header(const struct s3_request *request, const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; request->headers[i] != NULL; i++) {
		if (strncmp(request->headers[i], name, length) == 0 && request->headers[i][length] == ':')
			return request->headers[i] + length + 2;
	}
	return NULL;
}

static void check_address(const char *endpoint, const char *key, const char *url, const char *host)
{
	struct object_head head = object(key);
	struct s3_store at = store(endpoint);
	struct s3_request request;
	struct err err = { 0 };

	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, &err), 0);
	assert_string_equal(request.url, url);
	assert_string_equal(header(&request, "host"), host);
	s3_request_fini(&request);
}

static void bucket_and_key_follow_the_endpoint(void **state)
{
	(void)state;
	check_address("http://store:9000", "a/b.json", "http://store:9000/bucket/a/b.json", "store:9000");
	check_address("http://store:9000/", "a/b.json", "http://store:9000/bucket/a/b.json", "store:9000");
	check_address("https://store/gate/way//", "k", "https://store/gate/way/bucket/k", "store");
	check_address("https://store:443", "k", "https://store:443/bucket/k", "store");
	check_address("http://store:80", "k", "http://store:80/bucket/k", "store");
	check_address("https://store:80", "k", "https://store:80/bucket/k", "store:80");
	check_address("http://[::1]:9000", "k", "http://[::1]:9000/bucket/k", "[::1]:9000");
}

static void keys_are_percent_encoded_but_for_slashes(void **state)
{
	(void)state;
	check_address("http://s", "a b+c:d%e&f~g@h*i'j(k)l,m;n$o!p?q#r", "http://s/bucket/a%20b%2Bc%3Ad%25e%26f~g%40h%2Ai%27j"
		"%28k%29l%2Cm%3Bn%24o%21p%3Fq%23r", "s");
	check_address("http://s", "\xc3\xbc//./x", "http://s/bucket/%C3%BC//./x", "s");
}

static void a_put_says_what_the_object_is(void **state)
{
	struct object_head head = object("k");
	struct s3_store at = store("http://s");
	struct s3_request request;

	(void)state;
	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, NULL), 0);
	assert_string_equal(header(&request, "content-type"), "application/json");
	assert_string_equal(header(&request, "content-encoding"), "gzip");
	assert_string_equal(header(&request, "content-md5"), "AAAAAAAAAAAAAAAAAAAAAA==");
	assert_string_equal(header(&request, "x-amz-date"), "20260101T000000Z");
	assert_string_equal(header(&request, "x-amz-meta-first-timestamp"), "111");
	assert_string_equal(header(&request, "x-amz-meta-last-timestamp"), "222");
	assert_string_equal(header(&request, "x-amz-meta-num-records"), "3");
	assert_string_equal(header(&request, "x-amz-content-sha256"), header(&request, "x-amz-meta-sha256"));
	assert_memory_equal(header(&request, "x-amz-content-sha256"), "abababab", 8);
	assert_non_null(strstr(header(&request, "authorization"), "SignedHeaders=content-encoding;content-md5;content-type;host;"
		"x-amz-content-sha256;x-amz-date;x-amz-meta-first-timestamp;x-amz-meta-last-timestamp;x-amz-meta-num-records;"
		"x-amz-meta-sha256,"));
	s3_request_fini(&request);
}

static void content_encoding_is_left_out_when_asked_or_when_there_is_none(void **state)
{
	struct object_head head = object("k");
	struct s3_store at = store("http://s");
	struct s3_request request;

	(void)state;
	at.content_encoding = false;
	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, NULL), 0);
	assert_null(header(&request, "content-encoding"));
	s3_request_fini(&request);
	at.content_encoding = true;
	head.content_encoding[0] = '\0';
	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, NULL), 0);
	assert_null(header(&request, "content-encoding"));
	s3_request_fini(&request);
}

static void the_longest_key_of_odd_bytes_fits(void **state)
{
	struct object_head head = object("");
	struct s3_store at = store("http://s");
	struct s3_request request;

	(void)state;
	memset(head.key, '\xff', sizeof(head.key) - 1);
	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, NULL), 0);
	assert_int_equal(strlen(request.url), strlen("http://s/bucket/") + 3 * (sizeof(head.key) - 1));
	s3_request_fini(&request);
}

static void a_head_is_signed_and_says_nothing_else(void **state)
{
	struct object_head head = object("k");
	struct s3_store at = store("http://s");
	struct s3_request request;

	(void)state;
	assert_int_equal(s3_request_head(&request, &at, &head, NOW_MS, NULL), 0);
	assert_non_null(strstr(header(&request, "authorization"), "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"));
	assert_null(header(&request, "content-md5"));
	assert_string_equal(header(&request, "x-amz-content-sha256"),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	s3_request_fini(&request);
}

static void a_token_takes_the_place_of_the_signature(void **state)
{
	const char *token = "abc.def";
	struct object_head head = object("k");
	struct s3_store at = store("http://store");
	struct s3_request request;
	struct err err = { 0 };

	(void)state;
	at.bearer = &token;
	assert_int_equal(s3_request_put(&request, &at, &head, NOW_MS, &err), 0);
	assert_string_equal(header(&request, "authorization"), "Bearer abc.def");
	assert_null(header(&request, "x-amz-date"));
	assert_non_null(header(&request, "x-amz-content-sha256"));
	assert_non_null(header(&request, "content-md5"));
	s3_request_fini(&request);
	token = NULL;
	assert_int_equal(s3_request_head(&request, &at, &head, NOW_MS, &err), ERR_AGAIN);
	s3_request_fini(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bucket_and_key_follow_the_endpoint),
		cmocka_unit_test(keys_are_percent_encoded_but_for_slashes),
		cmocka_unit_test(a_put_says_what_the_object_is),
		cmocka_unit_test(content_encoding_is_left_out_when_asked_or_when_there_is_none),
		cmocka_unit_test(the_longest_key_of_odd_bytes_fits),
		cmocka_unit_test(a_head_is_signed_and_says_nothing_else),
		cmocka_unit_test(a_token_takes_the_place_of_the_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
