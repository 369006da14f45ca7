/* Request heads that two parties could read differently are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/head_check.h"

enum { FIELDS_MAX = 6 };

struct request {
	const char *method, *target, *version;
	struct head_field fields[FIELDS_MAX];
};

static const char *check(const struct request *request, struct head *head)
{
	size_t count = 0;

	while (count < FIELDS_MAX && request->fields[count].name != NULL)
		count++;
	return head_check(head, request->method, request->target, request->version, request->fields, count);
}

static void a_plain_request_passes_and_is_read(void **state)
{
	struct request request = { "PUT", "/v1/tenants/acme", "HTTP/1.1", { { "host", "[::1]:8470" },
		{ "Content-Length", "12" }, { "CONTENT-TYPE", "application/json" }, { "If-Match", "\"1\"" } } };
	struct head head;

	(void)state;
	assert_null(check(&request, &head));
	assert_int_equal(head.method, METHOD_PUT);
	assert_true(head.has_body);
	assert_int_equal(head.length, 12);
	assert_string_equal(head.content_type, "application/json");
	assert_string_equal(head.if_match, "\"1\"");
}

static void of_a_list_that_is_there_twice_the_last_one_counts(void **state)
{
	struct request request = { "GET", "/", "HTTP/1.1", { { "Host", "a" }, { "accept", "text/html" }, { "Accept", "*/*" },
		{ "Accept-Encoding", "gzip" }, { "Accept-Encoding", "br" }, { "If-None-Match", "\"1\"" } } };
	struct head head;

	(void)state;
	assert_null(check(&request, &head));
	assert_string_equal(head.accept, "*/*");
	assert_string_equal(head.accept_encoding, "br");
	assert_string_equal(head.if_none_match, "\"1\"");
}

static void chunked_is_a_body_and_a_length_of_0_is_none(void **state)
{
	struct request chunked = { "PUT", "/", "HTTP/1.1", { { "Host", "a" }, { "Transfer-Encoding", "Chunked" } } };
	struct request none = { "POST", "/", "HTTP/1.1", { { "Host", "a" }, { "Content-Length", "0" } } };
	struct request old = { "GET", "/", "HTTP/1.0", { { NULL, NULL } } };
	struct head head;

	(void)state;
	assert_null(check(&chunked, &head));
	assert_true(head.has_body && head.chunked);
	assert_null(check(&none, &head));
	assert_false(head.has_body);
	assert_null(check(&old, &head));
}

#define GET "GET", "/", "HTTP/1.1"
#define PUT "PUT", "/", "HTTP/1.1"
#define HOST { "Host", "a" }

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
	static const struct request wrong[] = {
		{ PUT, { HOST, { "Content-Length", "4" }, { "Transfer-Encoding", "chunked" } } },
		{ PUT, { HOST, { "Content-Length", "4" }, { "Content-Length", "4" } } },
		{ PUT, { HOST, { "Content-Length", "4" }, { "content-length", "5" } } },
		{ PUT, { HOST, { "Content-Length ", "4" } } },
		{ PUT, { HOST, { "Content-Length", "4, 4" } } },
		{ PUT, { HOST, { "Content-Length", "+4" } } },
		{ PUT, { HOST, { "Content-Length", "-4" } } },
		{ PUT, { HOST, { "Content-Length", "0x4" } } },
		{ PUT, { HOST, { "Content-Length", "" } } },
		{ PUT, { HOST, { "Content-Length", "99999999999999999999" } } },
		{ PUT, { HOST, { "Transfer-Encoding", "gzip, chunked" } } },
		{ PUT, { HOST, { "Transfer-Encoding", "identity" } } },
		{ PUT, { HOST, { "Transfer-Encoding", "" } } },
		{ PUT, { HOST, { "Transfer-Encoding", "chunked" }, { "Transfer-Encoding", "chunked" } } },
		{ PUT, { HOST, { "Transfer-Encoding\t", "chunked" } } },
		{ "PUT", "/", "HTTP/1.0", { { "Transfer-Encoding", "chunked" } } },
		{ GET, { HOST, HOST } },
		{ GET, { { "X", "y" } } },
		{ GET, { { "Host", "" } } },
		{ GET, { { "Host", "a b" } } },
		{ GET, { { "Host", "a/b" } } },
		{ GET, { { "Host", "a:x" } } },
		{ GET, { { "Host", "a:65536" } } },
		{ GET, { { "Host", "[::1" } } },
		{ GET, { { "Host", "user@a" } } },
		{ GET, { HOST, { "X(y", "z" } } },
		{ GET, { HOST, { "", "z" } } },
		{ GET, { HOST, { "X", "a\x01" } } },
		{ GET, { HOST, { "Authorization", "Bearer a" }, { "Authorization", "Bearer b" } } },
		{ GET, { HOST, { "Cookie", "a=b" }, { "Cookie", "a=c" } } },
		{ GET, { HOST, { "Content-Length", "1" } } },
		{ "HEAD", "/", "HTTP/1.1", { HOST, { "Transfer-Encoding", "chunked" } } },
		{ "GET", "http://a/", "HTTP/1.1", { HOST } },
		{ "GET", "*", "HTTP/1.1", { HOST } },
		{ "GET", "", "HTTP/1.1", { HOST } },
		{ "GET", "/a b", "HTTP/1.1", { HOST } },
		{ "GET", "/\xc3\xa4", "HTTP/1.1", { HOST } },
		{ "CONNECT", "a:80", "HTTP/1.1", { HOST } },
		{ "BREW", "/", "HTTP/1.1", { HOST } },
		{ "get", "/", "HTTP/1.1", { HOST } },
		{ "GET", "/", "HTTP/1.2", { HOST } },
		{ "GET", "/", "HTTP/2.0", { HOST } },
		{ "GET", "/", "", { HOST } },
	};
	struct head head;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (check(&wrong[i], &head) == NULL)
			fail_msg("number %zu passes", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request_passes_and_is_read),
		cmocka_unit_test(of_a_list_that_is_there_twice_the_last_one_counts),
		cmocka_unit_test(chunked_is_a_body_and_a_length_of_0_is_none),
		cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
