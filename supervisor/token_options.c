#include "supervisor/token_options.h"

#include <string.h>

#include "api/text.h"

enum { DESCRIPTION_MAX = 1000 };
#define SPAN_MAX_MS (INT64_C(100) * 365 * 24 * 3600 * 1000)

/* A time, or a span from now. */
static int check_expires(const char *text, int64_t now_ms, int64_t *expires_ms, struct err *err)
{
	int64_t span_ms;

	if (text_duration(text, SPAN_MAX_MS, &span_ms))
		*expires_ms = now_ms + span_ms;
	else if (!text_time(text, expires_ms))
		return err_set(err, ERR_INVALID, "--expires: \"%s\" is neither a time such as 2027-01-31T00:00:00Z nor a span such as "
			"12h", text);
	if (*expires_ms <= now_ms)
		return err_set(err, ERR_INVALID, "--expires: %s is past: the token would never hold", text);
	return 0;
}

static int check_tenant(const struct token_options *options, int role, struct err *err)
{
	if (role == STORE_ADMIN && options->tenant != NULL)
		return err_set(err, ERR_INVALID, "--tenant: an admin token is of no tenant");
	if (role != STORE_ADMIN && options->tenant == NULL)
		return err_set(err, ERR_INVALID, "--role %s is of one tenant: give --tenant", options->role);
	if (options->tenant != NULL && !text_is_name(options->tenant, strlen(options->tenant)))
		return err_set(err, ERR_INVALID, "--tenant: \"%s\" is no tenant's name", options->tenant);
	return 0;
}

static int check_description(const char *text, struct err *err)
{
	size_t length = strlen(text);

	if (length > DESCRIPTION_MAX || !text_is_utf8(text, length) || text_has_control(text, length))
		return err_set(err, ERR_INVALID, "--description: at most %d characters of UTF-8, no control characters",
			DESCRIPTION_MAX);
	return 0;
}

int token_options_check(const struct token_options *options, int64_t now_ms, struct store_token *token, struct err *err)
{
	int role = options->role != NULL ? store_role_of(options->role) : -1;
	int error;

	*token = (struct store_token){ .role = role, .tenant = options->tenant, .description = options->description };
	if (options->role == NULL)
		return err_set(err, ERR_INVALID, "no role given: --role admin, operator or viewer");
	if (role < 0)
		return err_set(err, ERR_INVALID, "--role: \"%s\" is none of admin, operator, viewer", options->role);
	if (options->data_dir[0] == '\0')
		return err_set(err, ERR_INVALID, "--data-dir: the path is empty");
	error = check_tenant(options, role, err);
	if (error == 0)
		error = check_description(options->description, err);
	if (error == 0 && options->expires != NULL)
		error = check_expires(options->expires, now_ms, &token->expires_ms, err);
	return error;
}
