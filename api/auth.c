/* Who is it? A bearer token, a session's cookie, or somebody at the Unix socket. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/exchange.h"
#include "api/text.h"

int exchange_deny(struct exchange *exchange, const char *code, const char *detail)
{
	unsigned wait_s = throttle_failed(exchange->context->throttle, exchange->peer->address, exchange->now_ns);

	if (wait_s == 0)
		return answer_refuse(&exchange->answer, 401, code, "%s", detail);
	answer_refuse(&exchange->answer, 429, "auth.throttled",
		"Too many authentications from this address have failed: the next is looked at in %u s.", wait_s);
	exchange->answer.problem.retry_after = wait_s;
	return ERR_DENIED;
}

/* The token of `Bearer TOKEN`: "" where none stands there (libmicrohttpd takes blanks off the end); NULL: another scheme. */
static const char *bearer_of(const char *header)
{
	static const char scheme[] = "Bearer";
	size_t length = strlen(scheme);

	if (strncasecmp(header, scheme, length) != 0 || (header[length] != ' ' && header[length] != '\0'))
		return NULL;
	return header + length + strspn(header + length, " ");
}

static const char *why_denied(const char *token)
{
	if (token == NULL)
		return "The header Authorization must be Bearer TOKEN: another scheme is not known here.";
	return token[0] == '\0' ? "The header Authorization has no token behind Bearer: is a variable of the script empty?"
		: "The token is not known, has expired or was revoked.";
}

static int by_token(struct exchange *exchange, const char *header)
{
	const struct api_ops *ops = exchange->context->ops;
	const char *token = bearer_of(header);
	int error = ERR_DENIED;

	if (token != NULL && token[0] != '\0')
		error = ops->authenticate(ops->owner, token, exchange->peer->address, &exchange->caller);
	if (error == 0)
		return 0;
	exchange->caller = (struct api_caller){ 0 };
	if (error != ERR_DENIED)
		return answer_unavailable(&exchange->answer, "auth.unavailable", 5, "Tokens cannot be looked up at the moment.");
	return exchange_deny(exchange, "token.invalid", why_denied(token));
}

static bool is_write(const struct exchange *exchange)
{
	return exchange->head.method != METHOD_GET && exchange->head.method != METHOD_HEAD;
}

static int check_csrf(struct exchange *exchange, const struct session *session)
{
	const char *csrf = exchange->head.csrf;

	if (!is_write(exchange))
		return 0;
	if (csrf != NULL && strlen(csrf) == SESSION_TOKEN_SIZE - 1 &&
		text_equal_secret(csrf, session->csrf, SESSION_TOKEN_SIZE - 1))
		return 0;
	return answer_refuse(&exchange->answer, 403, "csrf.invalid",
		"A change with a session's cookie needs the header X-CSRF-Token with the csrf_token of GET /v1/session.");
}

static int by_cookie(struct exchange *exchange, const char *token, size_t length)
{
	const struct api_context *context = exchange->context;
	const struct session *session = session_find(context->sessions, token, length, exchange->now_ns);

	if (session != NULL && !context->ops->caller_holds(context->ops->owner, &session->caller)) {
		session_close(context->sessions, session);
		session = NULL;
	}
	if (session == NULL)
		return answer_refuse(&exchange->answer, 401, "session.ended", "The session has ended: log in again.");
	exchange->caller = session->caller;
	exchange->by_cookie = true;
	if (exchange_check_browser(exchange) != 0)
		return ERR_DENIED;
	return check_csrf(exchange, session);
}

int exchange_authenticate(struct exchange *exchange)
{
	const struct head *head = &exchange->head;
	const char *cookie;
	size_t length;

	if (head->authorization != NULL)
		return by_token(exchange, head->authorization);
	cookie = cookie_find(head->cookie, SESSION_COOKIE, &length);
	if (cookie != NULL)
		return by_cookie(exchange, cookie, length);
	if (exchange->peer->local) {
		exchange->caller.role = API_ROLE_ADMIN;
		return 0;
	}
	return answer_refuse(&exchange->answer, 401, "token.missing", "This needs the header Authorization: Bearer TOKEN.");
}

bool exchange_session_lives(const struct exchange *exchange, int64_t now_ns)
{
	size_t length;
	const char *cookie = exchange->by_cookie ? cookie_find(exchange->head.cookie, SESSION_COOKIE, &length) : NULL;

	return cookie == NULL || session_find(exchange->context->sessions, cookie, length, now_ns) != NULL;
}

/* ---- browsers ---- */

static bool is_address(const char *host, size_t length)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN + 1];

	if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	}
	if (length >= sizeof(text))
		return false;
	memcpy(text, host, length);
	text[length] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static size_t name_length(const char *host)
{
	return host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
}

static bool is_named(const struct exchange *exchange, const char *host)
{
	const char *const *names = exchange->context->host_names;

	for (; names != NULL && *names != NULL; names++) {
		if (strlen(*names) == name_length(host) && strncasecmp(*names, host, name_length(host)) == 0)
			return true;
	}
	return false;
}

/* A name that somebody else's DNS makes lead here is none of ours. */
static bool host_is_ours(const struct exchange *exchange, const char *host)
{
	size_t length = name_length(host);

	if (is_address(host, length) || (length == 9 && strncasecmp(host, "localhost", 9) == 0))
		return true;
	return exchange->context->host_names == NULL ? exchange->peer->tls : is_named(exchange, host);
}

static const char plain[] = "http://", secure[] = "https://";

static bool is_https(const char *origin)
{
	return strncasecmp(origin, secure, strlen(secure)) == 0;
}

bool exchange_is_secure(const struct exchange *exchange)
{
	return exchange->peer->tls || (exchange->head.origin != NULL && is_https(exchange->head.origin));
}

/* A proxy in front may end the TLS of a name that it was given. */
static bool origin_is_ours(const struct exchange *exchange, const char *origin, const char *host)
{
	bool is_secure = is_https(origin);
	const char *scheme = is_secure ? secure : plain;

	if (is_secure != exchange->peer->tls && !(is_secure && is_named(exchange, host)))
		return false;
	return strncasecmp(origin, scheme, strlen(scheme)) == 0 && strcasecmp(origin + strlen(scheme), host) == 0;
}

int exchange_check_browser(struct exchange *exchange)
{
	const char *host = exchange->head.host;
	const char *origin = exchange->head.origin;

	if (exchange->peer->local && host == NULL)
		return 0;
	if (host == NULL || !host_is_ours(exchange, host))
		return answer_refuse(&exchange->answer, 403, "host.refused",
			"This server is not known under the name in the Host header: sluiced serve --host-name makes it known.");
	if (origin != NULL && !origin_is_ours(exchange, origin, host))
		return answer_refuse(&exchange->answer, 403, "origin.refused", "A page of another origin asked for this.");
	return 0;
}
