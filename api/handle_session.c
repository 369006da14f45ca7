/* Sessions: a token becomes a cookie, for browsers. */
#include <string.h>

#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/text.h"
#include "common/clock.h"
#include "common/err.h"

static const char *role_name(enum api_role role)
{
	static const char *const names[] = { "none", "viewer", "operator", "admin" };

	return names[role];
}

static const struct session *find_session(struct exchange *exchange)
{
	size_t length;
	const char *cookie = cookie_find(exchange->head.cookie, SESSION_COOKIE, &length);

	if (!exchange->by_cookie || cookie == NULL)
		return NULL;
	return session_find(exchange->context->sessions, cookie, length, exchange->now_ns);
}

/* A session ends with the token that it was opened with, if that ends before. */
static void put_end(json_t *json, const struct exchange *exchange, const struct session *session)
{
	const char *token_ends = json_string_value(json_object_get(json, "expires_at"));
	char ends[TEXT_TIME_SIZE];

	text_print_time(clock_wall_ms() + (session->opened_ns - exchange->now_ns) / NS_PER_MS + SESSION_LIFE_S * 1000LL, ends);
	if (token_ends == NULL || strcmp(ends, token_ends) < 0)
		json_object_set_new(json, "expires_at", json_string(ends));
}

/* Who am I, and who answers; of a session also what a page needs to know of it. */
static json_t *describe(const struct exchange *exchange, const struct session *session)
{
	const struct api_ops *ops = exchange->context->ops;
	const struct api_caller *caller = &exchange->caller;
	json_t *json = ops->caller_token(ops->owner, caller);

	json_object_set_new(json, "role", json_string(role_name(caller->role)));
	json_object_set_new(json, "tenant", caller->tenant[0] != '\0' ? json_string(caller->tenant) : json_null());
	json_object_set_new(json, "token_id", caller->token_id[0] != '\0' ? json_string(caller->token_id) : json_null());
	json_object_set_new(json, "server", json_pack("{ss}", "version", SLUICE_VERSION));
	if (session == NULL)
		return json;
	json_object_set_new(json, "csrf_token", json_string(session->csrf));
	put_end(json, exchange, session);
	return json;
}

static void set_cookie(struct exchange *exchange, const char *value, int life_s)
{
	reply_field(&exchange->reply, "Set-Cookie", SESSION_COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
		value, life_s, exchange_is_secure(exchange) ? "; Secure" : "");
}

int handle_session_create(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const struct session *session;
	int error = exchange_check_browser(exchange);

	if (error == 0)
		error = exchange_document(exchange);
	if (error != 0)
		return error;
	if (fields_check(exchange->document.json, "", session_fields, &exchange->answer) > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The body must be {\"token\": TOKEN}.");
	error = ops->authenticate(ops->owner, fields_text(exchange->document.json, "token"), exchange->peer->address,
		&exchange->caller);
	if (error == ERR_DENIED)
		return exchange_deny(exchange, "token.invalid", "The token is not known, has expired or was revoked.");
	if (error != 0)
		return answer_unavailable(&exchange->answer, "auth.unavailable", 5, "Tokens cannot be looked up at the moment.");
	session = session_open(exchange->context->sessions, &exchange->caller, exchange->now_ns);
	set_cookie(exchange, session->token, SESSION_LIFE_S);
	exchange->answer.status = 200;
	exchange->answer.body = describe(exchange, session);
	return 0;
}

int handle_session_get(struct exchange *exchange)
{
	exchange->answer.body = describe(exchange, find_session(exchange));
	return 0;
}

int handle_session_delete(struct exchange *exchange)
{
	const struct session *session = find_session(exchange);

	if (session == NULL)
		return answer_refuse(&exchange->answer, 409, "session.none", "There is no session to end: a token is no session.");
	session_close(exchange->context->sessions, session);
	set_cookie(exchange, "", 0);
	exchange->answer.status = 204;
	return 0;
}
