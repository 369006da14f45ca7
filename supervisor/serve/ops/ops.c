#include "supervisor/serve/ops/ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pointer.h"
#include "api/text.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/json_parse.h"
#include "supervisor/serve/serve.h"
#include "supervisor/store/tokens.h"

enum { RETRY_S = 5 };

/* By enum api_role. */
static const char *const role_names[] = { "system", "viewer", "operator", "admin" };

void ops_change_by(const struct api_caller *caller, const char *address, const char *id, struct store_change *change)
{
	*change = (struct store_change){ .who = caller->token_id[0] != '\0' ? caller->token_id : "local",
		.role = role_names[caller->role], .address = address, .request_id = id };
}

void ops_change_caller(const struct store_change *change, struct api_caller *caller)
{
	*caller = (struct api_caller){ 0 };
	if (strcmp(change->who, "local") != 0)
		snprintf(caller->token_id, sizeof(caller->token_id), "%s", change->who);
	while (caller->role < API_ROLE_ADMIN && strcmp(role_names[caller->role], change->role) != 0)
		caller->role++;
}

void ops_change(const struct api_request *request, struct store_change *change)
{
	ops_change_by(request->caller, request->address, request->id, change);
	change->dry_run = request->dry_run;
}

int ops_failed(struct api_answer *answer, int error, const struct err *err)
{
	switch (error) {
	case ERR_NOT_FOUND:
		return answer_not_found(answer);
	case ERR_INVALID:
		return answer_refuse(answer, 400, "query.invalid", "%s", err->message);
	case ERR_CONFIG:
		return answer_refuse(answer, 409, "config.unusable", "Its configuration cannot be used: %s", err->message);
	case ERR_NO_SPACE:
		return answer_unavailable(answer, "store.full", RETRY_S, "The database's disk is full; nothing was changed. %s",
			err->message);
	case ERR_NO_MEMORY:
		return answer_unavailable(answer, "memory", 1, "There is no memory for this; nothing was changed.");
	case ERR_AGAIN:
		return answer_unavailable(answer, "store.busy", 1, "Another process writes to the database; nothing was changed.");
	default:
		return answer_unavailable(answer, "store.failed", RETRY_S, "The database failed; nothing was changed. %s",
			err->message);
	}
}

bool ops_may_see(const struct api_caller *caller, const char *tenant)
{
	return caller->role == API_ROLE_ADMIN || strcmp(caller->tenant, tenant) == 0;
}

static const struct { const char *kind, *code, *field; } claims[] = {
	{ "host_id", "host_id.in_use", "/host_id" },
	{ "port", "port.in_use", "/pipeline/store/prom_sky_con/port" },
	{ "file", "file.in_use", "/pipeline/account/file/filename" },
};

static int refuse_claims(struct api_answer *answer, const struct api_request *request,
	const struct store_refusal *refusal, const char *base)
{
	for (size_t i = 0; i < refusal->conflict_count; i++) {
		const struct store_conflict *conflict = &refusal->conflicts[i];
		char pointer[128];
		size_t kind = 0;

		while (kind < 2 && strcmp(claims[kind].kind, conflict->kind) != 0)
			kind++;
		snprintf(pointer, sizeof(pointer), "%s%s", base, claims[kind].field);
		if (ops_may_see(request->caller, conflict->tenant))
			answer_error(answer, &(struct api_error){ pointer, claims[kind].code, conflict->suggestion, 0, 0 },
				"\"%s\" is in use by pipeline %s/%s", conflict->value, conflict->tenant, conflict->name);
		else
			answer_error(answer, &(struct api_error){ pointer, claims[kind].code, conflict->suggestion, 0, 0 },
				"\"%s\" is in use", conflict->value);
		answer_refuse_too(answer, 409, claims[kind].code, "What only one pipeline can have is another's: see errors.");
	}
	return ERR_INVALID;
}

static int refuse_quota(struct api_answer *answer, uint64_t limit)
{
	const char *plural = limit == 1 ? "" : "s";

	/* the whole body: no part of it is wrong */
	answer_error(answer, &(struct api_error){ "", "quota.pipelines", NULL, 0, 0 },
		"the tenant's limits allow %" PRIu64 " pipeline%s (limits.pipelines)", limit, plural);
	return answer_refuse_too(answer, 422, "quota.pipelines", "The tenant may have %" PRIu64 " pipeline%s, and this would be one more.",
		limit, plural);
}

static int refuse_name(struct api_answer *answer, const char *base)
{
	const char *pointer = base[0] != '\0' ? "/name" : "";

	answer_error(answer, &(struct api_error){ pointer, "pipeline.exists", NULL, 0, 0 }, "there is a pipeline of this name");
	return answer_refuse_too(answer, 409, "pipeline.exists", "There is a pipeline of this name; PUT changes it.");
}

static int refuse_secrets(struct api_answer *answer, const struct store_refusal *refusal, const char *base)
{
	for (size_t i = 0; i < refusal->field_count; i++) {
		char pointer[POINTER_SIZE];

		pointer_of_path(base, refusal->fields[i], pointer);
		answer_error(answer, &(struct api_error){ pointer, "secret.missing", NULL, 0, 0 },
			"{\"set\":true} keeps a stored value, and there is none");
	}
	return answer_refuse_too(answer, 422, "secret.missing", "A secret is to be kept that was never given: see errors.");
}

static int refuse_kind(struct api_answer *answer, const struct api_request *request, const struct store_refusal *refusal,
	int kind, const char *base)
{
	switch (kind) {
	case STORE_EXISTS:
		return refuse_name(answer, base);
	case STORE_STALE:
		return answer_refuse_too(answer, 412, "etag.stale", "It has changed since that version was read: read it again.");
	case STORE_QUOTA:
		return refuse_quota(answer, refusal->number);
	case STORE_SECRET_MISSING:
		return refuse_secrets(answer, refusal, base);
	case STORE_CLAIMED:
		return refuse_claims(answer, request, refusal, base);
	case STORE_NOT_EMPTY:
		return answer_refuse(answer, 409, "tenant.not_empty", "The tenant has %" PRIu64 " pipeline%s: delete %s first, or give "
			"?force=true.", refusal->number, refusal->number == 1 ? "" : "s", refusal->number == 1 ? "it" : "them");
	default:
		return answer_not_found(answer);
	}
}

int ops_refused(struct api_answer *answer, const struct api_request *request, const struct store_refusal *refusal,
	const char *pointer)
{
	int result = ERR_INVALID;

	for (int kind = STORE_NOT_REFUSED + 1; kind < STORE_REFUSALS && result == ERR_INVALID; kind++) {
		if (refusal->kinds & 1u << kind)
			result = refuse_kind(answer, request, refusal, kind, pointer);
	}
	return result;
}

json_t *ops_time(int64_t wall_ms)
{
	char text[TEXT_TIME_SIZE];

	if (wall_ms == 0)
		return json_null();
	text_print_time(wall_ms, text);
	return json_string(text);
}

json_t *ops_time_due(int64_t due_ns)
{
	int64_t now_ns = clock_boottime_ns();

	return due_ns > now_ns ? ops_time(clock_wall_ms() + (due_ns - now_ns) / NS_PER_MS) : json_null();
}

json_t *ops_text(const char *text)
{
	char *clean = strdup(text);
	json_t *value;

	if (clean == NULL)
		return json_null();
	text_make_utf8(clean);
	value = json_string(clean);
	free(clean);
	return value;
}

json_t *ops_json(const char *text)
{
	json_t *value = json_parse_text(text, 0, NULL);

	return value != NULL ? value : json_object();
}

/* ---- who asks ---- */

static int authenticate(void *owner, const char *token, const char *address, struct api_caller *caller)
{
	static const enum api_role roles[] = { API_ROLE_ADMIN, API_ROLE_OPERATOR, API_ROLE_VIEWER };
	struct serve *serve = owner;
	struct store_token found;
	struct arena arena;
	struct err err;
	int error;

	(void)address;
	arena_init(&arena, SERVE_ARENA);
	error = store_token_verify(serve->store, token, strlen(token), clock_wall_ms(), &found, &arena, &err);
	if (error == 0) {
		*caller = (struct api_caller){ .role = roles[found.role], .generation = store_tokens_generation(serve->store) };
		snprintf(caller->tenant, sizeof(caller->tenant), "%s", found.tenant != NULL ? found.tenant : "");
		snprintf(caller->token_id, sizeof(caller->token_id), "%s", found.id);
	}
	arena_fini(&arena);
	return error == 0 || error == ERR_DENIED ? error : ERR_AGAIN;
}

/* A token that has gone makes the generation grow; one that expires is found when it is looked at. */
static bool caller_holds(void *owner, const struct api_caller *caller)
{
	struct serve *serve = owner;
	struct store_token found;
	struct arena arena;
	bool holds;

	if (caller->token_id[0] == '\0')
		return true;
	arena_init(&arena, SERVE_ARENA);
	holds = store_token_get(serve->store, caller->token_id, &found, &arena, NULL) == 0 &&
		(found.expires_ms == 0 || found.expires_ms > clock_wall_ms());
	arena_fini(&arena);
	return holds;
}

static json_t *caller_token(void *owner, const struct api_caller *caller)
{
	struct serve *serve = owner;
	struct store_token found = { 0 };
	struct arena arena;
	json_t *shown;

	arena_init(&arena, SERVE_ARENA);
	if (caller->token_id[0] != '\0')
		store_token_get(serve->store, caller->token_id, &found, &arena, NULL);
	shown = json_pack("{ss? so}", "description", found.description, "expires_at", ops_time(found.expires_ms));
	arena_fini(&arena);
	return shown;
}

static bool takes_changes(void *owner)
{
	return !((const struct serve *)owner)->stopping;
}

void ops_init(struct serve *serve)
{
	serve->ops = (struct api_ops){ .owner = serve, .authenticate = authenticate, .caller_holds = caller_holds,
		.caller_token = caller_token, .takes_changes = takes_changes };
	ops_tenants_init(&serve->ops);
	ops_tokens_init(&serve->ops);
	ops_pipelines_init(&serve->ops);
	ops_verbs_init(&serve->ops);
	ops_views_init(&serve->ops);
	ops_revisions_init(&serve->ops);
	ops_refusals_init(&serve->ops);
	serve->ops.export = ops_export;
	serve->ops.import = ops_import;
}
