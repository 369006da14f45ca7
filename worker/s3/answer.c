#include "worker/s3/answer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

#define RETRY_AFTER_MAX_MS (10 * 60 * 1000LL)
enum { SKEW_TELLS_S = 60, HEADER_SIZE = 512, MASKED_ANYWHERE = 8 };

static const char endpoint_field[] = "pipeline.write.s3.endpoint";
static const char region_field[] = "pipeline.write.s3.region";
static const char access_field[] = "pipeline.write.s3.access_key";
static const char api_key_field[] = "pipeline.write.s3.api_key";
static const char secret_field[] = "pipeline.write.s3.secret_key";
static const char ca_field[] = "pipeline.write.s3.ca_file";
static const char bucket_field[] = "pipeline.store.buffered.dirname";

/* ---- XML ---- */

/* The character that an entity stands for, where it is a printable one of ASCII; *length: of the entity. */
static char entity(const char *from, const char *end, size_t *length)
{
	static const struct { const char *name; char character; } names[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
		{ "&#34;", '"' }, { "&#39;", '\'' }, { "&#x22;", '"' }, { "&#x27;", '\'' },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*length = strlen(names[i].name);
		if (*length <= (size_t)(end - from) && memcmp(from, names[i].name, *length) == 0)
			return names[i].character;
	}
	*length = 1;
	return *from;
}

void s3_answer_element(const char *body, size_t length, const char *name, char *text, size_t size)
{
	const char *from, *end;
	char tag[32];
	size_t used = 0;

	text[0] = '\0';
	if (length == 0)
		return;
	end = body + length;
	snprintf(tag, sizeof(tag), "<%s>", name);
	from = memmem(body, length, tag, strlen(tag));
	if (from == NULL)
		return;
	from += strlen(tag);
	while (from < end && *from != '<' && used + 1 < size) {
		size_t taken;
		char character = entity(from, end, &taken);

		if (!iscntrl((unsigned char)character))
			text[used++] = character;
		from += taken;
	}
	text[used] = '\0';
}

/* ---- dates ---- */

/* "Fri, 24 May 2013 00:00:00 GMT" in milliseconds; 0: it is none. */
static int64_t http_date_ms(const char *text)
{
	struct tm parts = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&parts) * 1000 : 0;
}

int64_t s3_answer_retry_after(const char *value, int64_t wall_ms)
{
	int64_t wait = 0;
	char *end;

	if (isdigit((unsigned char)*value)) {
		errno = 0;
		wait = strtol(value, &end, 10);
		if (*end != '\0')
			return 0;
		wait = errno != 0 || wait > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : wait * 1000;
	} else if (http_date_ms(value) != 0) {
		wait = http_date_ms(value) - wall_ms;
	}
	if (wait < 0)
		return 0;
	return wait < RETRY_AFTER_MAX_MS ? wait : RETRY_AFTER_MAX_MS;
}

/* ---- requests without an answer ---- */

int s3_answer_failure(struct s3_refusal *refusal, const struct http_request *request, const char *what,
	const char *address, const char *field, struct err *err)
{
	static const char *const reasons[] = { "", "NoHost", "NoConnection", "NoTrust", "Broken", "Stalled", "NotAllowed", "Internal" };
	const char *said = request->err.message;
	bool of_authority = strstr(said, "issuer") != NULL || strstr(said, "self-signed") != NULL ||
		strstr(said, "self signed") != NULL || strstr(said, "CAfile") != NULL || strstr(said, "CApath") != NULL;

	snprintf(refusal->reason, sizeof(refusal->reason), "%s", reasons[request->failure]);
	refusal->field = request->failure == HTTP_NO_TRUST && of_authority ? ca_field : field;
	if (request->failure == HTTP_INTERNAL)
		refusal->field = NULL;
	refusal->error = request->err.code;
	if (refusal->error == ERR_CORRUPT || refusal->error == ERR_AGAIN)
		refusal->error = ERR_IO;
	return err_set(err, refusal->error, "%s %s: %s", what, address, said);
}

/* ---- refusals ---- */

static const struct { const char *code, *field; } known_codes[] = {
	{ "InvalidAccessKeyId", access_field },
	{ "SignatureDoesNotMatch", secret_field },
	{ "AuthorizationHeaderMalformed", region_field },
	{ "IncorrectRegion", region_field },
	{ "InvalidRegion", region_field },
	{ "PermanentRedirect", region_field },
	{ "TemporaryRedirect", endpoint_field },
	{ "NoSuchBucket", bucket_field },
	{ "InvalidBucketName", bucket_field },
	{ "KeyTooLongError", "pipeline.store.buffered.filename_prefix" },
	{ "EntityTooLarge", "pipeline.store.buffered.max_flows_per_object" },
	{ "MethodNotAllowed", endpoint_field },
};

static const char *field_of(const char *code, long status)
{
	for (size_t i = 0; i < sizeof(known_codes) / sizeof(known_codes[0]); i++) {
		if (strcmp(code, known_codes[i].code) == 0)
			return known_codes[i].field;
	}
	if (status == 401 || status == 403)
		return access_field;
	if (status == 404)
		return bucket_field;
	return (status >= 300 && status < 400) || status == 405 ? endpoint_field : NULL;
}

int s3_answer_error(long status)
{
	if (status == 401 || status == 403)
		return ERR_DENIED;
	if (status == 404)
		return ERR_NOT_FOUND;
	if (status == 429 || status >= 500)
		return ERR_BUSY;
	return status >= 400 ? ERR_INVALID : ERR_PROTOCOL;
}

/* A short one may be a part of any word: it is masked where it stands alone. */
static bool stands_alone(const char *text, const char *at, size_t length)
{
	return length >= MASKED_ANYWHERE || ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length]));
}

void s3_answer_mask(char *text, const char *word)
{
	size_t length = strlen(word);
	char *at = length > 0 ? strstr(text, word) : NULL;

	while (at != NULL) {
		if (stands_alone(text, at, length))
			memset(at, '*', length);
		at = strstr(at + length, word);
	}
}

/* A store that repeats who asked is not to put it into a log: for all text that comes from it. */
static void mask(char *text, const struct s3_store *store)
{
	s3_answer_mask(text, store->credentials.access_key);
	s3_answer_mask(text, store->credentials.secret_key);
	if (store->bearer != NULL && *store->bearer != NULL)
		s3_answer_mask(text, *store->bearer);
}

/* An element's text, masked before it is cut: half a secret is none of the log's either. */
static void put_element(const struct http_request *request, const struct s3_store *store, const char *name, char *text,
	size_t size)
{
	char whole[HTTP_ANSWER_MAX];
	size_t length;

	s3_answer_element(request->answer_body.bytes, request->answer_body.length, name, whole, sizeof(whole));
	mask(whole, store);
	length = strnlen(whole, size - 1);
	memcpy(text, whole, length);
	text[length] = '\0';
}

/* "; this machine's clock is 3600 s behind the store's", when it is off by more than a minute. */
static void put_skew(const struct http_request *request, int64_t wall_ms, char *text, size_t size)
{
	char date[HEADER_SIZE];
	int64_t behind_s;

	text[0] = '\0';
	http_answer_header(request, "date", date, sizeof(date));
	if (http_date_ms(date) == 0)
		return;
	behind_s = (http_date_ms(date) - wall_ms) / 1000;
	if (behind_s > SKEW_TELLS_S || behind_s < -SKEW_TELLS_S)
		snprintf(text, size, "; this machine's clock is %lld s %s the store's",
			(long long)(behind_s > 0 ? behind_s : -behind_s), behind_s > 0 ? "behind" : "ahead of");
}

static void put_redirection(const struct http_request *request, const struct s3_store *store, char *text, size_t size)
{
	char place[HTTP_ANSWER_MAX];

	text[0] = '\0';
	http_answer_header(request, "location", place, sizeof(place));
	mask(place, store);
	if (place[0] != '\0')
		snprintf(text, size, "; it points to %.120s, which is not followed", place);
}

/* One word of letters and digits, or "HTTP<status>". */
static void put_code(const struct http_request *request, const struct s3_store *store, char code[S3_CODE_SIZE])
{
	put_element(request, store, "Code", code, S3_CODE_SIZE);
	for (const char *next = code; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && *next != '.' && *next != '_' && *next != '-')
			code[0] = '\0';
	}
	if (code[0] == '\0')
		snprintf(code, S3_CODE_SIZE, "HTTP%ld", request->status);
}

static int judge_answer(struct s3_refusal *refusal, const struct http_request *request, const struct s3_store *store,
	int64_t wall_ms, struct err *err)
{
	char said[S3_MESSAGE_SIZE], more[200], value[HEADER_SIZE];
	bool redirected = request->status >= 300 && request->status < 400;

	put_code(request, store, refusal->reason);
	put_element(request, store, "Message", said, sizeof(said));
	refusal->field = field_of(refusal->reason, request->status);
	if (store->bearer != NULL && refusal->field == access_field)
		refusal->field = api_key_field;
	refusal->error = s3_answer_error(request->status);
	refusal->token = store->bearer != NULL && (request->status == 401 || strcmp(refusal->reason, "ExpiredToken") == 0 ||
		strcmp(refusal->reason, "InvalidToken") == 0);
	http_answer_header(request, "retry-after", value, sizeof(value));
	refusal->retry_after_ms = s3_answer_retry_after(value, wall_ms);
	if (redirected)
		put_redirection(request, store, more, sizeof(more));
	else
		put_skew(request, wall_ms, more, sizeof(more));
	if (strcmp(refusal->reason, "RequestTimeTooSkewed") == 0)
		refusal->field = NULL;
	return err_set(err, refusal->error, "object store %s, bucket %s: it answers %ld %s%s%s%s", store->endpoint,
		store->bucket, request->status, refusal->reason, said[0] != '\0' ? ": " : "", said, more);
}

int s3_answer_judge(struct s3_refusal *refusal, const struct http_request *request, const struct s3_store *store,
	int64_t wall_ms, struct err *err)
{
	*refusal = (struct s3_refusal){ 0 };
	if (request->failure != HTTP_ANSWERED)
		return s3_answer_failure(refusal, request, "object store", store->endpoint, endpoint_field, err);
	return judge_answer(refusal, request, store, wall_ms, err);
}
