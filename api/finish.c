/* From what an operation answered to what is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/exchange.h"
#include "api/text.h"
#include "common/err.h"

static const char *title_of(int status)
{
	static const struct { int status; const char *title; } titles[] = {
		{ 400, "The request is malformed" }, { 401, "Not authenticated" }, { 403, "Not allowed" },
		{ 404, "Not found" }, { 405, "No such method here" }, { 409, "In conflict with what is there" },
		{ 412, "Changed in the meantime" }, { 413, "Too large" }, { 415, "Unsupported type of body" },
		{ 422, "Not valid" }, { 429, "Too many requests" }, { 503, "Not available at the moment" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (titles[i].status == status)
			return titles[i].title;
	}
	return "An error of the server";
}

static void set_text(json_t *object, const char *key, const char *text)
{
	char *clean = strdup(text);

	/* perhaps cut within a character */
	if (clean != NULL)
		text_make_utf8(clean);
	json_object_set_new(object, key, json_string(clean != NULL ? clean : "?"));
	free(clean);
}

static json_t *problem_json(const struct exchange *exchange)
{
	const struct api_problem *problem = &exchange->answer.problem;
	json_t *json = json_object();
	char type[120], path[PATH_MAX_BYTES + 1];

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(exchange->target, "?"), exchange->target);
	snprintf(type, sizeof(type), "urn:sluice:problem:%s", problem->code);
	set_text(json, "type", type);
	set_text(json, "title", title_of(problem->status));
	json_object_set_new(json, "status", json_integer(problem->status));
	set_text(json, "code", problem->code);
	set_text(json, "detail", problem->detail);
	set_text(json, "instance", path);
	set_text(json, "request_id", exchange->id);
	if (problem->errors != NULL)
		json_object_set(json, "errors", problem->errors);
	if (problem->warnings != NULL)
		json_object_set(json, "warnings", problem->warnings);
	if (problem->members != NULL)
		json_object_update_missing(json, problem->members);
	return json;
}

static void finish_problem(struct exchange *exchange)
{
	struct api_problem *problem = &exchange->answer.problem;
	struct reply *reply = &exchange->reply;
	json_t *json;

	/* an operation that failed without a word */
	if (problem->status < 400 || problem->code == NULL)
		answer_unavailable(&exchange->answer, "internal", 1, "This has failed; the server's log may say why.");
	/* the same words for what is not there and for what may not be seen */
	if (problem->status == 404 && exchange->request.tenant != NULL)
		answer_not_found(&exchange->answer);
	reply->status = problem->status;
	if (reply->status == 401)
		reply_field(reply, "WWW-Authenticate", "Bearer realm=\"sluice\"");
	if (problem->retry_after > 0)
		reply_field(reply, "Retry-After", "%u", problem->retry_after);
	document_locate(&exchange->document, problem, exchange->head.method == METHOD_PATCH);
	json = problem_json(exchange);
	reply_json(reply, "application/problem+json", json);
	json_decref(json);
}

/* {"items":[…],"next_page_token":…} */
static void finish_list(struct exchange *exchange)
{
	struct api_answer *answer = &exchange->answer;
	char token[PAGE_TOKEN_SIZE];
	json_t *next = json_null();

	if (answer->next[0] != '\0' && page_token_make(&exchange->query, exchange->match.route, answer->next, token))
		next = json_string(token);
	if (answer->text == NULL) {
		json_t *list = json_object();

		json_object_set(list, "items", answer->body);
		json_object_set_new(list, "next_page_token", next);
		reply_json(&exchange->reply, "application/json", list);
		json_decref(list);
	} else {
		char *text = NULL;
		int length = asprintf(&text, "{\"items\":%.*s,\"next_page_token\":%s%s%s}\n", (int)answer->text_length,
			answer->text, json_is_null(next) ? "null" : "\"", json_is_null(next) ? "" : token,
			json_is_null(next) ? "" : "\"");

		json_decref(next);
		if (length < 0)
			exchange->reply.status = 503;
		else
			reply_text(&exchange->reply, "application/json", text, (size_t)length);
	}
}

/* What was created has a path: that of the request, or one below it. */
static void add_location(struct exchange *exchange)
{
	const json_t *body = exchange->answer.body;
	const char *path = exchange->target;
	int length = (int)strcspn(path, "?");
	const char *name = json_string_value(json_object_get(body, "id"));

	if (exchange->head.method == METHOD_PUT) {
		reply_field(&exchange->reply, "Location", "%.*s", length, path);
		return;
	}
	if (name == NULL)
		name = json_string_value(json_object_get(body, "name"));
	if (name != NULL)
		reply_field(&exchange->reply, "Location", "%.*s/%s", length, path, name);
}

static void finish_answer(struct exchange *exchange)
{
	struct api_answer *answer = &exchange->answer;
	struct reply *reply = &exchange->reply;

	reply->status = answer->status != 0 ? answer->status : 200;
	if (answer->etag[0] != '\0')
		reply_field(reply, "ETag", "\"%s\"", answer->etag);
	if (reply->status == 201)
		add_location(exchange);
	if (reply->status == 503 && answer->problem.retry_after > 0)
		reply_field(reply, "Retry-After", "%u", answer->problem.retry_after);
	if (reply->content_type != NULL)
		return;                       /* the handler has made it */
	if (answer->stream != NULL) {
		reply->stream = answer->stream;
		reply->content_type = answer->content_type;
		answer->stream = NULL;
		return;
	}
	if (exchange->match.route->query & QUERY_PAGE) {
		finish_list(exchange);
	} else if (answer->text != NULL) {
		reply_text(reply, "application/json", answer->text, answer->text_length);
		answer->text = NULL;
	} else if (answer->body != NULL) {
		reply_json(reply, "application/json", answer->body);
	}
}

/* A change that somebody was not let make, for the audit trail. What is malformed or not there is nobody's attempt at anything. */
static void tell_refusal(const struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const struct route *route = exchange->match.route;
	const struct api_problem *problem = &exchange->answer.problem;
	const struct route_match *match = &exchange->match;
	bool known = exchange->caller.role != API_ROLE_NONE;
	bool kept = problem->status == 401 || problem->status == 403 || problem->status == 409 || problem->status == 412 ||
		problem->status == 422 || problem->status == 429;
	const char *name = match->name[0] != '\0' ? match->name : match->id;
	struct api_request request = { .caller = &exchange->caller, .id = exchange->id, .address = exchange->peer->address };
	struct api_refusal refusal = { .status = problem->status, .code = problem->code, .detail = problem->detail };

	if (!kept || ops->refused == NULL || route == NULL || route->action == NULL || exchange->request.dry_run)
		return;
	refusal.action = route->action;
	/* what is another tenant's is not told there: nobody writes into what the tokens of others see */
	if (known && !exchange_sees(exchange, match->tenant))
		refusal.foreign_tenant = match->tenant;
	else if (known && match->tenant[0] != '\0')
		request.tenant = match->tenant;
	if (known && name[0] != '\0' && refusal.foreign_tenant == NULL)
		request.name = name;
	ops->refused(ops->owner, &request, &refusal);
}

void exchange_finish(struct exchange *exchange, int result)
{
	struct reply *reply = &exchange->reply;

	if (result == 0)
		finish_answer(exchange);
	else
		finish_problem(exchange);
	if (result != 0)
		tell_refusal(exchange);
	reply_field(reply, "X-Request-ID", "%s", exchange->id);
	/* most answers hold what only this caller may see */
	reply_field(reply, "Cache-Control", "%s", reply->cache != NULL ? reply->cache : "no-store");
	reply_field(reply, "X-Content-Type-Options", "nosniff");
}
