#include "api/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "api/transfer.h"
#include "common/random.h"

void exchange_init(struct exchange *exchange, const struct api_context *context, const struct api_peer *peer,
	const char *target)
{
	*exchange = (struct exchange){ .context = context, .peer = peer, .target = target };
	buffer_init(&exchange->body, EXCHANGE_BODY_MAX);
	snprintf(exchange->id, sizeof(exchange->id), "%016llx", (unsigned long long)random_u64());
}

/* A token can be in the body (a login) and in answers: it does not stay in freed memory. */
void exchange_fini(struct exchange *exchange)
{
	if (exchange->context != NULL && exchange->context->large != NULL && *exchange->context->large == exchange)
		*exchange->context->large = NULL;
	buffer_cleanse(&exchange->body);
	document_fini(&exchange->document);
	answer_fini(&exchange->answer);
	reply_fini(&exchange->reply);
	free(exchange->match_text);
	exchange->match_text = NULL;
}

/* ---- the head ---- */

static int find_route(struct exchange *exchange)
{
	struct route_match *match = &exchange->match;
	char allow[ALLOW_SIZE];

	if (!route_find(exchange->context->routes, exchange->head.method, exchange->target, match))
		return answer_refuse(&exchange->answer, 400, "path.encoding",
			"A %% in the path is not followed by two hexadecimal digits.");
	if (match->allowed == 0)
		return answer_refuse(&exchange->answer, 404, "not_found", "There is no such path: see /v1/openapi.json.");
	if (match->route != NULL)
		return 0;
	route_print_allowed(match->allowed, allow);
	reply_field(&exchange->reply, "Allow", "%s", allow);
	return answer_refuse(&exchange->answer, 405, "method.not_allowed", "This path has %s only.", allow);
}

static int check_role(struct exchange *exchange)
{
	static const char *const names[] = { "nobody", "a viewer", "an operator", "an admin" };
	enum api_role needed = exchange->match.route->role;

	if (exchange->caller.role >= needed)
		return 0;
	return answer_refuse(&exchange->answer, 403, "role.forbidden", "This needs %s; the token is %s's.", names[needed],
		names[exchange->caller.role]);
}

static int check_ending(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	if (exchange->head.method == METHOD_GET || exchange->head.method == METHOD_HEAD || ops->takes_changes == NULL ||
		ops->takes_changes(ops->owner))
		return 0;
	return answer_unavailable(&exchange->answer, "server.ending", 5, "The supervisor ends: ask the next one.");
}

static int refuse_type(struct exchange *exchange, bool json)
{
	reply_field(&exchange->reply, "Accept", json ? "application/json, application/yaml" : "application/yaml");
	return answer_refuse(&exchange->answer, 415, "body.media_type", "The header Content-Type must be %sapplication/yaml, "
		"in UTF-8.", json ? "application/json or " : "");
}

static int refuse_size(struct exchange *exchange)
{
	size_t max = exchange->body.cap;

	return answer_refuse(&exchange->answer, 413, "body.too_large", "A body can have %zu %s here.",
		max < 1 << 20 ? max >> 10 : max >> 20, max < 1 << 20 ? "KB" : "MB");
}

/* Room for a large body is only given once. */
static int take_large(struct exchange *exchange)
{
	const struct exchange **large = exchange->context->large;

	if (large == NULL || *large != NULL)
		return answer_unavailable(&exchange->answer, "import.running", 5, "Another import is under way: ask again.");
	*large = exchange;
	exchange->body.cap = TRANSFER_BODY_MAX;
	return 0;
}

static int check_body(struct exchange *exchange)
{
	const struct route *route = exchange->match.route;
	const struct head *head = &exchange->head;
	struct api_answer *answer = &exchange->answer;
	bool documents = route->flags & ROUTE_DOCUMENTS;
	int error;

	if (!(route->flags & (ROUTE_BODY | ROUTE_BODY_OPTIONAL)))
		return head->has_body ? answer_refuse(answer, 400, "body.unexpected", "This takes no body.") : 0;
	if (!head->has_body && (route->flags & ROUTE_BODY_OPTIONAL))
		return 0;
	exchange->form = document_form_of(head->content_type, route->flags & ROUTE_PATCH);
	if (exchange->form != DOCUMENT_YAML && (documents || exchange->form != DOCUMENT_JSON))
		return refuse_type(exchange, !documents);
	if (!head->has_body)
		return answer_refuse(answer, 400, "body.missing", "This needs a body.");
	error = documents ? take_large(exchange) : 0;
	if (error != 0)
		return error;
	return head->length > exchange->body.cap ? refuse_size(exchange) : 0;
}

/* One entity tag, or *; moves text behind it. */
static bool take_tag(struct api_match *match, char **text)
{
	bool weak = strncmp(*text, "W/", 2) == 0;
	char *begin = *text + (weak ? 3 : 1);
	char *end;

	if (**text == '*') {
		match->any = true;
		(*text)++;
		return true;
	}
	end = begin[-1] == '"' ? strchr(begin, '"') : NULL;
	if (end == NULL || match->count == API_MATCH_MAX)
		return false;
	*end = '\0';
	if (!weak)
		match->tags[match->count++] = begin;
	*text = end + 1;
	return true;
}

static int read_match(struct exchange *exchange)
{
	struct api_match *match = &exchange->request.if_match;
	bool valid = true;
	char *next;

	if (exchange->head.if_match == NULL)
		return 0;
	match->given = true;
	next = exchange->match_text = strdup(exchange->head.if_match);
	while (next != NULL && valid) {
		next += strspn(next, " \t");
		valid = (*next == '*' || *next == '"' || strncmp(next, "W/\"", 3) == 0) && take_tag(match, &next);
		if (!valid)
			break;
		next += strspn(next, " \t");
		if (*next == '\0')
			return 0;
		valid = *next++ == ',';
	}
	return answer_refuse(&exchange->answer, 400, "if_match.invalid",
		"The header If-Match must be * or ETags in quotes, such as \"1\".");
}

bool exchange_sees(const struct exchange *exchange, const char *tenant)
{
	const struct api_caller *caller = &exchange->caller;

	return tenant[0] == '\0' || caller->role == API_ROLE_ADMIN || strcmp(caller->tenant, tenant) == 0;
}

/* Which tenant the operation is told: none that there is when the caller may not see it. */
static const char *visible_tenant(const struct exchange *exchange, const char *tenant)
{
	return tenant == NULL || exchange_sees(exchange, tenant) ? tenant : API_TENANT_HIDDEN;
}

static const char *text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void fill_request(struct exchange *exchange)
{
	const struct route_match *match = &exchange->match;
	const struct query *query = &exchange->query;
	struct api_request *request = &exchange->request;
	const char *tenant = match->tenant[0] != '\0' ? match->tenant : query->tenant;
	const char *name = text_or_null(match->name);

	if (name == NULL)
		name = match->id[0] != '\0' ? match->id : query->name;
	request->caller = &exchange->caller;
	request->id = exchange->id;
	request->address = exchange->peer->address;
	request->tenant = visible_tenant(exchange, tenant);
	request->name = name;
	request->number = match->number;
	request->dry_run = query->dry_run;
	request->force = query->force;
	request->discard = query->discard;
	request->probe = query->probe;
	request->wait_ms = query->wait_ms;
}

static int read_query(struct exchange *exchange)
{
	const char *text = strchr(exchange->target, '?');

	if (exchange->match.route->flags & ROUTE_FILE)
		return 0;
	return query_parse(&exchange->query, exchange->match.route, text != NULL ? text + 1 : "", &exchange->answer);
}

/* A name that cannot be one: something to correct where it would be created, else just not there. */
static int check_name(struct exchange *exchange)
{
	if (!exchange->match.name_wrong)
		return 0;
	if (exchange->head.method != METHOD_PUT)
		return answer_not_found(&exchange->answer);
	return answer_refuse(&exchange->answer, 400, "name.invalid",
		"A name has 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -.");
}

int exchange_begin(struct exchange *exchange, const char *method, const char *version, const struct head_field *fields,
	size_t count, bool *malformed)
{
	static int (*const steps[])(struct exchange *) = { exchange_authenticate, check_role, check_ending, check_body,
		check_name, read_query, read_match };
	const char *wrong = head_check(&exchange->head, method, exchange->target, version, fields, count);
	int result;

	*malformed = wrong != NULL;
	if (*malformed)
		return answer_refuse(&exchange->answer, 400, "request.malformed", "%s", wrong);
	result = find_route(exchange);
	if (result != 0)
		return result;
	/* what needs no token needs no caller either */
	for (size_t i = exchange->match.route->flags & ROUTE_OPEN ? 3 : 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		result = steps[i](exchange);
		if (result != 0)
			return result;
	}
	fill_request(exchange);
	return 0;
}

/* ---- the body ---- */

void exchange_receive(struct exchange *exchange, const char *bytes, size_t length)
{
	if (!exchange->body_too_large && buffer_append(&exchange->body, bytes, length) != 0)
		exchange->body_too_large = true;
}

int exchange_document(struct exchange *exchange)
{
	const struct buffer *body = &exchange->body;

	if (exchange->document.json != NULL)
		return 0;
	if (exchange->form == DOCUMENT_NONE) {
		exchange->document.json = json_object();
		return 0;
	}
	if (body->length == 0 && (exchange->match.route->flags & ROUTE_BODY))
		return answer_refuse(&exchange->answer, 400, "body.missing", "This needs a body.");
	return document_read(&exchange->document, body->length > 0 ? body->bytes : "", body->length, exchange->form,
		&exchange->answer);
}

int exchange_run(struct exchange *exchange)
{
	if (exchange->body_too_large)
		return refuse_size(exchange);
	return exchange->match.route->handle(exchange);
}
