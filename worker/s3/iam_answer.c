#include "worker/s3/iam_answer.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/json_parse.h"

enum { LIFE_MAX_S = 24 * 3600, RETRY_AFTER_SIZE = 64 };

static const char key_field[] = "pipeline.write.s3.api_key";
static const char endpoint_field[] = "pipeline.write.s3.iam_endpoint";
static const char ca_field[] = "pipeline.write.s3.ca_file";

const char *iam_answer_field(const char *field)
{
	static const char *const known[] = { key_field, endpoint_field, ca_field };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(field, known[i]) == 0)
			return known[i];
	}
	return NULL;
}

static int no_token(struct s3_refusal *refusal, const char *endpoint, const char *why, struct err *err)
{
	snprintf(refusal->reason, sizeof(refusal->reason), "NoToken");
	refusal->field = endpoint_field;
	refusal->error = ERR_PROTOCOL;
	return err_set(err, ERR_PROTOCOL, "token service %s: %s", endpoint, why);
}

/* It goes into a header, whose end is no part of it. */
static bool usable(const char *token, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isgraph((unsigned char)token[i]))
			return false;
	}
	return length > 0 && length <= IPC_TOKEN_MAX;
}

static int take_token(struct iam_grant *grant, struct s3_refusal *refusal, const json_t *root, const char *endpoint,
	int64_t wall_ms, struct err *err)
{
	const json_t *token = json_object_get(root, "access_token");
	json_int_t life_s = json_integer_value(json_object_get(root, "expires_in"));

	if (!json_is_string(token) || !usable(json_string_value(token), json_string_length(token)))
		return no_token(refusal, endpoint, "it answers without an access_token that can be used", err);
	if (life_s <= 0)
		life_s = json_integer_value(json_object_get(root, "expiration")) - wall_ms / 1000;
	if (life_s <= 0)
		return no_token(refusal, endpoint, "it gives a token that has expired already", err);
	if (life_s > LIFE_MAX_S)
		life_s = LIFE_MAX_S;
	memcpy(grant->token, json_string_value(token), json_string_length(token) + 1);
	grant->life_ms = life_s * 1000;
	return 0;
}

/* A text of the answer without what a log's line cannot have, the key covered: behind that, for it may have been what
 * parted the key, and before it is cut. */
static void take_text(const json_t *root, const char *name, const char *api_key, char *text, size_t size)
{
	char whole[HTTP_ANSWER_MAX];
	const char *value = json_string_value(json_object_get(root, name));
	size_t used = 0;

	for (const char *next = value != NULL ? value : ""; *next != '\0' && used + 1 < sizeof(whole); next++) {
		if (!iscntrl((unsigned char)*next))
			whole[used++] = *next;
	}
	whole[used] = '\0';
	s3_answer_mask(whole, api_key);
	used = strnlen(whole, size - 1);
	memcpy(text, whole, used);
	text[used] = '\0';
}

/* One word, as conditions have it. */
static bool is_word(const char *text)
{
	for (const char *next = text; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && *next != '.' && *next != '_' && *next != '-')
			return false;
	}
	return text[0] != '\0';
}

static const char *field_of(long status)
{
	if (status == 400 || status == 401 || status == 403)
		return key_field;
	return status == 429 || status >= 500 ? NULL : endpoint_field;
}

static int refused(struct s3_refusal *refusal, const struct http_request *request, const json_t *root,
	const char *endpoint, const char *api_key, int64_t wall_ms, struct err *err)
{
	char said[S3_MESSAGE_SIZE], wait[RETRY_AFTER_SIZE];

	take_text(root, "errorCode", api_key, refusal->reason, sizeof(refusal->reason));
	if (!is_word(refusal->reason))
		snprintf(refusal->reason, sizeof(refusal->reason), "HTTP%ld", request->status);
	take_text(root, "errorMessage", api_key, said, sizeof(said));
	http_answer_header(request, "retry-after", wait, sizeof(wait));
	refusal->retry_after_ms = s3_answer_retry_after(wait, wall_ms);
	refusal->field = field_of(request->status);
	refusal->error = request->status == 400 ? ERR_DENIED : s3_answer_error(request->status);
	return err_set(err, refusal->error, "token service %s: it answers %ld %s%s%s", endpoint, request->status,
		refusal->reason, said[0] != '\0' ? ": " : "", said);
}

int iam_answer_read(struct iam_grant *grant, struct s3_refusal *refusal, const struct http_request *request,
	const char *endpoint, const char *api_key, int64_t wall_ms, struct err *err)
{
	json_t *root;
	int error;

	*refusal = (struct s3_refusal){ 0 };
	if (request->failure != HTTP_ANSWERED)
		return s3_answer_failure(refusal, request, "token service", endpoint, endpoint_field, err);
	root = request->answer_body.length > 0
		? json_parse(request->answer_body.bytes, request->answer_body.length, 0, NULL) : NULL;
	if (request->status / 100 == 2)
		error = take_token(grant, refusal, root, endpoint, wall_ms, err);
	else
		error = refused(refusal, request, root, endpoint, api_key, wall_ms, err);
	json_decref(root);
	return error;
}
