#include "supervisor/iam.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/json_parse.h"
#include "common/log.h"
#include "common/random.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"

enum {
	FETCH_S = 45,                 /* the worker gives up before that; one that says nothing is not waited for */
	FIRST_DELAY_MS = 1000, LAST_DELAY_MS = 60 * 1000, JITTER_PERCENT = 20,
	NAMED_DELAY_MS = 10 * 60 * 1000,      /* at most, of the service's wish */
	FRESH_MS = 10 * 1000,         /* a token that is refused at once would be refused again; or a quarter of its life */
};

/* A service and an API key, as the configurations of `users` pipelines have them. */
struct iam_key {
	char *endpoint, *api_key, *ca_file;
	unsigned users;
	struct pipeline *fetcher;     /* its worker asks the service; NULL: none does */
	int64_t since_ns;
	char *token;                  /* struct ipc_token and the text, as it goes to workers; NULL: none */
	size_t length;
	uint32_t serial;
	int64_t got_ns, expires_ns;
	unsigned failures;            /* in a row */
	int64_t next_try_ns;
	json_t *refusal;              /* the last one's words; NULL: none */
	struct iam_key *next;
};

static void cleanse(char **bytes, size_t length)
{
	if (*bytes != NULL)
		explicit_bzero(*bytes, length);
	free(*bytes);
	*bytes = NULL;
}

/* ---- keys ---- */

static void key_free(struct iam_key *key)
{
	cleanse(&key->token, key->length);
	cleanse(&key->api_key, key->api_key != NULL ? strlen(key->api_key) : 0);
	json_decref(key->refusal);
	free(key->endpoint);
	free(key->ca_file);
	free(key);
}

static bool key_is(const struct iam_key *key, const struct pipeline_config *config)
{
	return strcmp(key->endpoint, config->write.s3.iam_endpoint) == 0 &&
		strcmp(key->api_key, config->write.s3.api_key) == 0 && strcmp(key->ca_file, config->write.s3.ca_file) == 0;
}

static struct iam_key *key_new(struct fleet *fleet, const struct pipeline_config *config)
{
	struct iam_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->endpoint = strdup(config->write.s3.iam_endpoint);
	key->api_key = strdup(config->write.s3.api_key);
	key->ca_file = strdup(config->write.s3.ca_file);
	if (key->endpoint == NULL || key->api_key == NULL || key->ca_file == NULL) {
		key_free(key);
		return NULL;
	}
	key->next = fleet->iam_keys;
	fleet->iam_keys = key;
	return key;
}

static struct iam_key *key_of(struct fleet *fleet, const struct pipeline_config *config)
{
	struct iam_key *key = fleet->iam_keys;

	while (key != NULL && !key_is(key, config))
		key = key->next;
	return key != NULL ? key : key_new(fleet, config);
}

void iam_leave(struct pipeline *pipeline)
{
	struct iam_key *key = pipeline->iam, **link = &pipeline->fleet->iam_keys;

	if (key == NULL)
		return;
	iam_worker_ended(pipeline);
	pipeline->iam = NULL;
	if (--key->users > 0)
		return;
	while (*link != key)
		link = &(*link)->next;
	*link = key->next;
	key_free(key);
}

void iam_configured(struct pipeline *pipeline)
{
	const struct pipeline_config *config = config_pipeline(pipeline->config);
	struct iam_key *key = NULL;

	if (config->write.type == WRITE_S3 && config->write.s3.api_key[0] != '\0')
		key = key_of(pipeline->fleet, config);
	if (key != NULL)
		key->users++;                 /* before the old one is left: it may be the same */
	iam_leave(pipeline);
	pipeline->iam = key;
}

/* ---- to workers ---- */

static void give(struct pipeline *pipeline)
{
	const struct iam_key *key = pipeline->iam;

	pipeline->iam_asked = false;
	child_send(pipeline->keeper.child, IPC_TOKEN, key->serial, key->token, key->length, NULL);
}

static void refuse(struct pipeline *pipeline, int64_t now_ns)
{
	const struct iam_key *key = pipeline->iam;
	int64_t wait_ms = (key->next_try_ns - now_ns) / NS_PER_MS + 1;
	json_t *object = json_copy(key->refusal);

	pipeline->iam_asked = false;
	json_object_set_new(object, "retry_ms", json_integer(wait_ms > 0 ? wait_ms : 0));
	child_send_json(pipeline->keeper.child, IPC_TOKEN_REFUSED, 0, object, NULL);
}

/* All that wait for this key. */
static void answer_all(struct fleet *fleet, const struct iam_key *key)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		struct pipeline *pipeline = fleet->pipelines[i];

		if (pipeline->iam != key || !pipeline->iam_asked)
			continue;
		if (key->failures == 0)
			give(pipeline);
		else
			refuse(pipeline, clock_boottime_ns());
	}
}

static void fetch(struct iam_key *key, struct pipeline *pipeline)
{
	key->fetcher = pipeline;
	key->since_ns = clock_boottime_ns();
	child_send(pipeline->keeper.child, IPC_TOKEN_FETCH, 0, NULL, 0, NULL);
}

/* ---- from workers ---- */

/* Refused so soon after it was given: another would fare no better. */
static bool is_fresh(const struct iam_key *key, int64_t now_ns)
{
	int64_t fresh_ns = (key->expires_ns - key->got_ns) / 4;

	if (fresh_ns > FRESH_MS * NS_PER_MS)
		fresh_ns = FRESH_MS * NS_PER_MS;
	return now_ns - key->got_ns < fresh_ns;
}

static void take_request(struct pipeline *pipeline, uint32_t unwanted)
{
	struct iam_key *key = pipeline->iam;
	int64_t now_ns = clock_boottime_ns();
	bool good = key->token != NULL && key->expires_ns > now_ns;

	pipeline->iam_asked = true;
	if (good && (key->serial != unwanted || is_fresh(key, now_ns)))
		give(pipeline);
	else if (key->fetcher != NULL && now_ns - key->since_ns < FETCH_S * NS_PER_S)
		return;
	else if (key->refusal != NULL && now_ns < key->next_try_ns)
		refuse(pipeline, now_ns);
	else
		fetch(key, pipeline);
}

static void take_token(struct pipeline *pipeline, const char *payload, size_t length)
{
	struct iam_key *key = pipeline->iam;
	struct ipc_token times;
	char *token;

	if (length <= sizeof(times) || length > sizeof(times) + IPC_TOKEN_MAX)
		return;
	token = malloc(length);
	if (token == NULL)
		return;                       /* they ask again */
	memcpy(token, payload, length);
	memcpy(&times, payload, sizeof(times));
	cleanse(&key->token, key->length);
	key->token = token;
	key->length = length;
	key->serial = (uint32_t)random_u64() | 1;
	key->got_ns = clock_boottime_ns();
	key->expires_ns = times.expires_ns;
	key->fetcher = NULL;
	key->failures = 0;
	json_decref(key->refusal);
	key->refusal = NULL;
	answer_all(pipeline->fleet, key);
}

static int64_t next_delay_ns(const struct iam_key *key)
{
	unsigned doubled = key->failures < 7 ? key->failures - 1 : 6;
	int64_t delay = (int64_t)FIRST_DELAY_MS << doubled;
	int64_t named = json_integer_value(json_object_get(key->refusal, "retry_ms"));

	if (named < 0 || named > NAMED_DELAY_MS)
		named = named < 0 ? 0 : NAMED_DELAY_MS;
	delay = random_jitter((delay < LAST_DELAY_MS ? delay : LAST_DELAY_MS) * NS_PER_MS, JITTER_PERCENT);
	return delay > named * NS_PER_MS ? delay : named * NS_PER_MS;
}

static void take_failure(struct pipeline *pipeline, const char *payload, size_t length)
{
	struct iam_key *key = pipeline->iam;
	json_t *refusal = json_parse(payload, length, 0, NULL);
	int64_t now_ns = clock_boottime_ns();

	if (!json_is_object(refusal)) {
		json_decref(refusal);
		refusal = json_object();
	}
	json_decref(key->refusal);
	key->refusal = refusal;
	key->fetcher = NULL;
	key->failures++;
	key->next_try_ns = now_ns + next_delay_ns(key);
	/* without one the pipelines say so themselves */
	if (key->token != NULL && key->expires_ns > now_ns)
		log_warn("%s: no new token, the last one holds for %lld s more: %s", pipeline->label,
			(long long)((key->expires_ns - now_ns) / NS_PER_S),
			json_string_value(json_object_get(refusal, "message")) != NULL
				? json_string_value(json_object_get(refusal, "message")) : "");
	answer_all(pipeline->fleet, key);
}

void iam_message(struct pipeline *pipeline, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	/* one whose worker an earlier image has configured */
	if (pipeline->iam == NULL && pipeline->config != NULL)
		iam_configured(pipeline);
	if (pipeline->iam == NULL || pipeline->keeper.child == NULL)
		return;
	/* an answer that comes too late, or was asked for by an earlier image with another configuration, is nobody's */
	if (type == IPC_TOKEN_REQUEST)
		take_request(pipeline, id);
	else if (pipeline->iam->fetcher != pipeline)
		return;
	else if (type == IPC_TOKEN_FETCHED)
		take_token(pipeline, payload, length);
	else
		take_failure(pipeline, payload, length);
}

void iam_worker_ended(struct pipeline *pipeline)
{
	struct iam_key *key = pipeline->iam;
	const struct fleet *fleet = pipeline->fleet;

	pipeline->iam_asked = false;
	if (key == NULL || key->fetcher != pipeline)
		return;
	key->fetcher = NULL;
	for (size_t i = 0; i < fleet->pipeline_count && key->fetcher == NULL; i++) {
		struct pipeline *other = fleet->pipelines[i];

		if (other != NULL && other->iam == key && other->iam_asked && other->keeper.child != NULL)
			fetch(key, other);
	}
}
