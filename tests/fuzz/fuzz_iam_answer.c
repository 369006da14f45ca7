/* A token service's answer: any status, headers and body give a token that fits a header, or a verdict with a message, a
 * word as reason and a bounded wait that says nothing of an object and does not repeat the key.
 *
 * Input: two bytes of status, the headers up to an empty line, the body. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/s3/iam_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_grant grant;

static void check_token(void)
{
	if (grant.life_ms <= 0 || grant.token[0] == '\0')
		abort();
	for (const char *next = grant.token; *next != '\0'; next++) {
		if (!isgraph((unsigned char)*next))
			abort();
	}
}

static void check_refusal(const struct s3_refusal *refusal, const struct err *err)
{
	if (refusal->error >= 0 || err->code != refusal->error || refusal->error == ERR_CORRUPT || refusal->error == ERR_AGAIN)
		abort();
	if (refusal->reason[0] == '\0' || refusal->retry_after_ms < 0 || refusal->retry_after_ms > 600000)
		abort();
	for (const char *next = refusal->reason; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && strchr("._-", *next) == NULL)
			abort();
	}
	if (strstr(err->message, "KEYKEYKEY") != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request request = { .failure = HTTP_ANSWERED };
	const uint8_t *body;
	struct s3_refusal refusal;
	struct err err;

	if (size < 2)
		return 0;
	request.status = (data[0] << 8 | data[1]) % 1000;
	data += 2;
	size -= 2;
	body = size > 0 ? memmem(data, size, "\n\n", 2) : NULL;
	body = body != NULL ? body + 2 : data + size;
	buffer_init(&request.answer_headers, HTTP_ANSWER_MAX);
	buffer_init(&request.answer_body, HTTP_ANSWER_MAX);
	/* exactly as long as they are, so that reading beyond is seen */
	if (buffer_append(&request.answer_headers, data, (size_t)(body - data)) == 0 &&
		buffer_append(&request.answer_body, body, size - (size_t)(body - data)) == 0) {
		if (iam_answer_read(&grant, &refusal, &request, "http://s", "KEYKEYKEY", 1767225600000, &err) == 0)
			check_token();
		else
			check_refusal(&refusal, &err);
	}
	http_request_fini(&request);
	return 0;
}
