#include "worker/s3/iam.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/ipc.h"
#include "common/json_parse.h"
#include "common/random.h"
#include "worker/s3/iam_answer.h"
#include "worker/s3/request.h"
#include "worker/writer.h"

enum {
	ASK_AGAIN_MS = 5000,          /* the supervisor may be another one by now, which knows of no question */
	RENEW_AGAIN_MS = 10 * 1000,
	MARGIN_MS = 10 * 1000,        /* not used any more so long before its end, or an eighth of its life */
};

struct iam {
	struct iam_options options;
	struct http *http;            /* NULL: no request was made yet */
	struct http_request request;
	char *form;                   /* its body, which has the key; NULL: none is under way */
	int64_t sent_ns;
	char *token;                  /* NULL: none */
	const char *usable;           /* the same, or NULL when it has expired */
	uint32_t serial;              /* of the last token that was here; 0: none was */
	int64_t expires_ns, renew_ns; /* CLOCK_BOOTTIME */
	bool wanted;                  /* somebody waits for it */
	struct loop_timer timer;      /* asks again, or for the next one */
};

static const struct pipeline_config *config_of(const struct iam *iam)
{
	return iam->options.context->config;
}

static bool tell(const struct iam *iam, uint16_t type, uint32_t id, const void *payload, size_t length)
{
	const struct writer_context *context = iam->options.context;

	return context->tell != NULL && context->tell(context->teller, type, id, payload, length);
}

static void arm(struct iam *iam, int64_t due_ns)
{
	loop_timer_set(iam->options.context->loop, &iam->timer, due_ns, NULL);
}

static void cleanse(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

/* ---- what came of it ---- */

static void ended(struct iam *iam, int error, const struct s3_refusal *refusal, const struct err *err)
{
	if (!iam->wanted)
		return;
	iam->wanted = false;
	iam->options.ended(iam->options.owner, error, refusal, err);
}

static void failed(struct iam *iam, const struct s3_refusal *refusal, const struct err *err)
{
	int64_t wait_ms = refusal->retry_after_ms > RENEW_AGAIN_MS ? refusal->retry_after_ms : RENEW_AGAIN_MS;

	/* as long as the old one holds it is tried again here, and then by who wants one */
	if (iam->token != NULL)
		arm(iam, clock_boottime_ns() + wait_ms * NS_PER_MS);
	else
		loop_timer_cancel(iam->options.context->loop, &iam->timer);
	ended(iam, refusal->error, refusal, err);
}

static void take(struct iam *iam, uint32_t serial, const struct ipc_token *times, const char *text, size_t length)
{
	static const struct s3_refusal none = { .error = ERR_NO_MEMORY };
	char *token = strndup(text, length);
	struct err err;

	if (token == NULL) {
		err_set(&err, ERR_NO_MEMORY, "no memory for a token");
		failed(iam, &none, &err);
		return;
	}
	cleanse(&iam->token);
	iam->token = token;
	iam->usable = token;
	iam->serial = serial;
	iam->expires_ns = times->expires_ns;
	iam->renew_ns = times->renew_ns;
	arm(iam, iam->renew_ns);
	ended(iam, 0, NULL, NULL);
}

/* ---- asking the service ---- */

/* Told to the supervisor, which gives it to all who wait, us among them; without one it is ours alone. */
static void granted(struct iam *iam, const struct iam_grant *grant)
{
	struct {
		struct ipc_token times;
		char token[IPC_TOKEN_MAX];
	} answer;
	size_t length = strlen(grant->token);
	int64_t margin_ms = grant->life_ms / 8 < MARGIN_MS ? grant->life_ms / 8 : MARGIN_MS;

	answer.times.expires_ns = iam->sent_ns + (grant->life_ms - margin_ms) * NS_PER_MS;
	answer.times.renew_ns = iam->sent_ns + grant->life_ms / 4 * 3 * NS_PER_MS;
	memcpy(answer.token, grant->token, length);
	if (!tell(iam, IPC_TOKEN_FETCHED, 0, &answer, sizeof(answer.times) + length))
		take(iam, (uint32_t)random_u64() | 1, &answer.times, answer.token, length);
	explicit_bzero(&answer, sizeof(answer));
}

static void not_granted(struct iam *iam, const struct s3_refusal *refusal, const struct err *err)
{
	json_t *object = json_pack("{si ss ss ss sI}", "error", refusal->error, "reason", refusal->reason, "field",
		refusal->field != NULL ? refusal->field : "", "message", err->message, "retry_ms",
		(json_int_t)refusal->retry_after_ms);
	/* what came over the network need not be UTF-8 */
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT)
				    : strdup("{\"message\":\"the token service refused, in words that are none\"}");

	if (text == NULL || !tell(iam, IPC_TOKEN_FAILED, 0, text, strlen(text)))
		failed(iam, refusal, err);
	free(text);
	json_decref(object);
}

static void answered(struct http_request *request)
{
	struct iam *iam = request->owner;
	const char *key = config_of(iam)->write.s3.api_key;
	struct iam_grant grant;
	struct s3_refusal refusal;
	struct err err;
	int error = iam_answer_read(&grant, &refusal, request, config_of(iam)->write.s3.iam_endpoint, key, clock_wall_ms(),
		&err);

	cleanse(&iam->form);
	if (request->answer_body.length > 0)
		explicit_bzero(request->answer_body.bytes, request->answer_body.length);
	http_request_fini(request);
	if (error == 0)
		granted(iam, &grant);
	else
		not_granted(iam, &refusal, &err);
	explicit_bzero(&grant, sizeof(grant));
}

static char *make_form(const char *api_key)
{
	static const char begin[] = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey"
		"&response_type=cloud_iam&apikey=";
	char *form = malloc(sizeof(begin) + 3 * strlen(api_key));

	if (form == NULL)
		return NULL;
	memcpy(form, begin, sizeof(begin));
	s3_percent_encode(form + sizeof(begin) - 1, api_key, false);
	return form;
}

static int send(struct iam *iam, struct err *err)
{
	/* the client id that the service's own tools use */
	static const char *const headers[] = { "Accept: application/json", "Authorization: Basic Yng6Yng=",
		"Content-Type: application/x-www-form-urlencoded", NULL };
	const struct writer_context *context = iam->options.context;
	const struct http_options options = { .loop = context->loop, .ca_file = context->config->write.s3.ca_file,
		.system_too = true, .endpoints = context->endpoints, .stall_ms = context->stall_ms };
	int error = iam->http != NULL ? 0 : http_new(&iam->http, &options, err);

	if (error != 0)
		return error;
	iam->form = make_form(context->config->write.s3.api_key);
	if (iam->form == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a token request");
	iam->request = (struct http_request){ .method = "POST", .url = context->config->write.s3.iam_endpoint,
		.headers = headers, .content = iam->form, .content_length = strlen(iam->form), .done = answered, .owner = iam };
	iam->sent_ns = clock_boottime_ns();
	return http_send(iam->http, &iam->request, err);
}

static void fetch(struct iam *iam)
{
	struct s3_refusal refusal = { 0 };
	struct err err;

	if (iam->form != NULL)
		return;
	refusal.error = send(iam, &err);
	if (refusal.error == 0)
		return;
	cleanse(&iam->form);
	snprintf(refusal.reason, sizeof(refusal.reason), "%s", err_name(refusal.error));
	not_granted(iam, &refusal, &err);
}

/* ---- asking the supervisor ---- */

static void ask(struct iam *iam)
{
	arm(iam, clock_boottime_ns() + ASK_AGAIN_MS * NS_PER_MS);
	if (!tell(iam, IPC_TOKEN_REQUEST, iam->serial, NULL, 0))
		fetch(iam);
}

static void timer_fired(struct loop_timer *timer)
{
	ask(timer->owner);
}

static void take_refusal(struct iam *iam, const char *payload, size_t length)
{
	json_t *object = json_parse(payload, length, 0, NULL);
	const char *reason = "NoToken", *field = "", *message = "no token is to be had";
	struct s3_refusal refusal = { .error = ERR_BUSY };
	json_int_t retry_ms = 0;
	struct err err;

	json_unpack(object, "{s?i s?s s?s s?s s?I}", "error", &refusal.error, "reason", &reason, "field", &field, "message",
		&message, "retry_ms", &retry_ms);
	/* these two say something of the object to send */
	if (refusal.error >= 0 || refusal.error == ERR_CORRUPT || refusal.error == ERR_AGAIN)
		refusal.error = ERR_BUSY;
	snprintf(refusal.reason, sizeof(refusal.reason), "%s", reason);
	refusal.field = iam_answer_field(field);
	refusal.retry_after_ms = retry_ms;
	err_set(&err, refusal.error, "%s", message);
	failed(iam, &refusal, &err);
	json_decref(object);
}

void iam_told(struct iam *iam, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct ipc_token times;

	if (type == IPC_TOKEN_FETCH) {
		fetch(iam);
	} else if (type == IPC_TOKEN_REFUSED) {
		take_refusal(iam, payload, length);
	} else if (type == IPC_TOKEN && length > sizeof(times)) {
		memcpy(&times, payload, sizeof(times));
		take(iam, id, &times, payload + sizeof(times), length - sizeof(times));
	}
}

/* ---- from outside ---- */

const char *const *iam_token(struct iam *iam)
{
	iam->usable = iam->expires_ns > clock_boottime_ns() ? iam->token : NULL;
	return &iam->usable;
}

void iam_want(struct iam *iam)
{
	if (iam->wanted)
		return;
	iam->wanted = true;
	ask(iam);
}

void iam_refused(struct iam *iam)
{
	cleanse(&iam->token);
	iam->usable = NULL;
}

int iam_new(struct iam **out, const struct iam_options *options, struct err *err)
{
	struct iam *iam = *out = calloc(1, sizeof(*iam));

	if (iam == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for tokens");
	iam->options = *options;
	iam->timer = (struct loop_timer){ .fire = timer_fired, .owner = iam };
	return 0;
}

void iam_free(struct iam **out)
{
	struct iam *iam = *out;

	if (iam == NULL)
		return;
	*out = NULL;
	http_cancel(&iam->request);
	http_request_fini(&iam->request);
	http_free(&iam->http);
	loop_timer_cancel(iam->options.context->loop, &iam->timer);
	cleanse(&iam->form);
	cleanse(&iam->token);
	free(iam);
}
