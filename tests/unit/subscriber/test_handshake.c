/* URL and opening handshake: what is sent to the analyzer, and what its answers are taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "subscriber/handshake.h"

/* ---- url ---- */

static void a_url_has_a_host_a_port_and_a_path(void **state)
{
	struct url url;
	char authority[URL_AUTHORITY_SIZE];

	(void)state;
	assert_int_equal(url_parse(&url, "ws://analyzer.example.net:8082/ws/subscriber/flow?x=1", NULL), 0);
	assert_false(url.tls);
	assert_string_equal(url.host, "analyzer.example.net");
	assert_int_equal(url.port, 8082);
	assert_string_equal(url.path, "/ws/subscriber/flow?x=1");
	assert_int_equal(url_parse(&url, "wss://[fd00::1]", NULL), 0);
	assert_true(url.tls && url.address && url.ipv6);
	assert_int_equal(url.port, 443);
	assert_string_equal(url.path, "/");
	url_authority(&url, authority);
	assert_string_equal(authority, "[fd00::1]");
}

static void what_is_no_websocket_url_is_refused(void **state)
{
	static const char *const wrong[] = { "", "http://a/", "ws://", "ws:///x", "ws://a:0/", "ws://a:65536/", "ws://a:x/",
		"ws://[fd00::1/", "ws://a/#x", "ws://a/b c", "ws://a/\r\nX: y", "ws://user@a/" };
	struct url url;
	struct err err;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(url_parse(&url, wrong[i], &err), ERR_CONFIG);
		assert_true(err.message[0] != '\0');
	}
}

/* ---- request ---- */

static void the_request_has_a_line_for_each_namespace_and_the_credentials(void **state)
{
	static const char *const namespaces[] = { "flow", "stats" };
	struct handshake_request request = { .host_id = "edge-1", .namespaces = namespaces, .namespace_count = 2,
		.username = "Aladdin", .password = "open sesame" };
	struct buffer out;
	struct url url;

	(void)state;
	url_parse(&url, "ws://a:8082/ws/subscriber/flow", NULL);
	request.url = &url;
	buffer_init(&out, HANDSHAKE_REQUEST_MAX);
	assert_int_equal(handshake_write(&request, "dGhlIHNhbXBsZSBub25jZQ==", &out, NULL), 0);
	buffer_append(&out, "", 1);
	assert_memory_equal(out.bytes, "GET /ws/subscriber/flow HTTP/1.1\r\n", 34);
	assert_non_null(strstr(out.bytes, "\r\nHost: a:8082\r\n"));
	assert_non_null(strstr(out.bytes, "\r\nX-Websocket-Namespace: flow\r\n"));
	assert_non_null(strstr(out.bytes, "\r\nX-Websocket-Namespace: stats\r\n"));
	assert_non_null(strstr(out.bytes, "\r\nX-Host-ID: edge-1\r\n"));
	assert_non_null(strstr(out.bytes, "\r\nX-Client-Protocol: json\r\n"));
	assert_non_null(strstr(out.bytes, "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
	/* RFC 7617 section 2 */
	assert_non_null(strstr(out.bytes, "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
	assert_string_equal(out.bytes + out.length - 5, "\r\n\r\n");
	buffer_fini(&out);
}

static void a_value_that_would_break_the_request_apart_is_refused(void **state)
{
	static const char *const namespaces[] = { "flow\r\nX-Evil: 1" };
	struct handshake_request request = { .host_id = "", .namespaces = namespaces, .namespace_count = 1, .username = "",
		.password = "" };
	struct buffer out;
	struct url url;

	(void)state;
	url_parse(&url, "ws://a/", NULL);
	request.url = &url;
	buffer_init(&out, HANDSHAKE_REQUEST_MAX);
	assert_int_equal(handshake_write(&request, "x", &out, NULL), ERR_CONFIG);
	buffer_fini(&out);
}

/* ---- answer ---- */

/* In pieces of `step` bytes, to the end or to a result. */
static int read_answer(struct handshake_answer *answer, const char *text, size_t step, size_t *used)
{
	size_t length = strlen(text), taken;
	int result = 0;

	*used = 0;
	handshake_answer_init(answer, "dGhlIHNhbXBsZSBub25jZQ==");
	while (*used < length && result == 0) {
		size_t piece = length - *used < step ? length - *used : step;

		result = handshake_read(answer, text + *used, piece, &taken, NULL);
		*used += taken;
	}
	return result;
}

static void a_101_with_the_right_key_opens_the_websocket_and_leaves_the_frames(void **state)
{
	/* key and accept are RFC 6455's example; header names in the analyzer's spelling */
	static const char text[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Host-Id: skyhost1\r\n\r\nFRAMES";
	struct handshake_answer answer;
	size_t used;

	(void)state;
	for (size_t step = 1; step < sizeof(text); step += 5) {
		assert_int_equal(read_answer(&answer, text, step, &used), 1);
		assert_int_equal(answer.status, 101);
		assert_int_equal(strlen(text) - used, strlen("FRAMES"));
		handshake_answer_fini(&answer);
	}
}

static void a_101_with_the_wrong_key_is_none(void **state)
{
	struct handshake_answer answer;
	size_t used;

	(void)state;
	assert_int_equal(read_answer(&answer, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", 999, &used), ERR_PROTOCOL);
	handshake_answer_fini(&answer);
	assert_int_equal(read_answer(&answer, "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", 999, &used), ERR_PROTOCOL);
	handshake_answer_fini(&answer);
}

static void a_refusal_keeps_its_text(void **state)
{
	struct handshake_answer answer;
	size_t used;

	(void)state;
	assert_int_equal(read_answer(&answer, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 18\r\n\r\nWrong credentials\n", 3,
		&used), 1);
	assert_int_equal(answer.status, 401);
	assert_memory_equal(answer.body, "Wrong credentials", 17);
	handshake_answer_fini(&answer);
}

/* The analyzer's 409 and 426 carry 2.2 KB of cookie. */
static void large_headers_pass_and_endless_ones_do_not(void **state)
{
	static char text[HANDSHAKE_HEADER_MAX + 1000];
	struct handshake_answer answer;
	size_t used;

	(void)state;
	memset(text, 'c', 2300);
	memcpy(text, "HTTP/1.1 409 Conflict\r\nSet-Cookie: ", 35);
	memcpy(text + 2300, "\r\nContent-Length: 0\r\n\r\n", 24);
	assert_int_equal(read_answer(&answer, text, 100, &used), 1);
	assert_int_equal(answer.status, 409);
	handshake_answer_fini(&answer);
	memset(text + 35, 'c', sizeof(text) - 36);
	assert_int_equal(read_answer(&answer, text, 100, &used), ERR_LIMIT);
	handshake_answer_fini(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_has_a_host_a_port_and_a_path),
		cmocka_unit_test(what_is_no_websocket_url_is_refused),
		cmocka_unit_test(the_request_has_a_line_for_each_namespace_and_the_credentials),
		cmocka_unit_test(a_value_that_would_break_the_request_apart_is_refused),
		cmocka_unit_test(a_101_with_the_right_key_opens_the_websocket_and_leaves_the_frames),
		cmocka_unit_test(a_101_with_the_wrong_key_is_none),
		cmocka_unit_test(a_refusal_keeps_its_text),
		cmocka_unit_test(large_headers_pass_and_endless_ones_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
