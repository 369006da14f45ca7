/* Tenants and tokens. */
#include <string.h>

#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/text.h"
#include "common/clock.h"

int handle_tenant_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->tenant_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

int handle_tenant_get(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->tenant_get(ops->owner, &exchange->request, &exchange->answer);
}

int handle_tenant_put(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_tenant_input input;
	const json_t *json;
	int error = exchange_document(exchange);

	if (error != 0)
		return error;
	json = exchange->document.json;
	if (fields_check(json, "", tenant_fields, &exchange->answer) > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The tenant is not valid: see errors.");
	input.display_name = fields_text(json, "display_name");
	input.limits = fields_object(json, "limits");
	return ops->tenant_put(ops->owner, &exchange->request, &input, &exchange->answer);
}

int handle_tenant_delete(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->tenant_delete(ops->owner, &exchange->request, &exchange->answer);
}

int handle_token_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->token_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

static enum api_role role_of(const char *name)
{
	if (strcmp(name, "admin") == 0)
		return API_ROLE_ADMIN;
	return strcmp(name, "operator") == 0 ? API_ROLE_OPERATOR : API_ROLE_VIEWER;
}

/* A tenant's tokens have a tenant's roles, and the others are admins. */
static int check_token_role(struct exchange *exchange, struct api_token_input *input)
{
	const char *name = fields_text(exchange->document.json, "role");
	struct api_error error = { .pointer = "/role", .code = name != NULL ? "value" : "required" };
	bool tenant = exchange->request.tenant != NULL;

	input->role = name != NULL ? role_of(name) : tenant ? API_ROLE_NONE : API_ROLE_ADMIN;
	if (tenant ? input->role == API_ROLE_OPERATOR || input->role == API_ROLE_VIEWER : input->role == API_ROLE_ADMIN)
		return 0;
	answer_error(&exchange->answer, &error, "must be %s", tenant ? "operator or viewer" : "admin");
	return 1;
}

/* What is no time has been told already. */
static size_t check_expiry(struct exchange *exchange, const char *text, struct api_token_input *input)
{
	if (!text_time(text, &input->expires_at_ms) || input->expires_at_ms > clock_wall_ms())
		return 0;
	answer_error(&exchange->answer, &(struct api_error){ "/expires_at", "value", NULL, 0, 0 },
		"is over: the token would never hold");
	return 1;
}

int handle_token_create(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_token_input input = { 0 };
	const json_t *json;
	size_t errors;
	int error = exchange_document(exchange);

	if (error != 0)
		return error;
	json = exchange->document.json;
	errors = fields_check(json, "", token_fields, &exchange->answer);
	if (errors == 0 || (errors > 0 && fields_text(json, "role") == NULL && json_object_get(json, "role") == NULL))
		errors += (size_t)check_token_role(exchange, &input);
	if (fields_text(json, "expires_at") != NULL)
		errors += check_expiry(exchange, fields_text(json, "expires_at"), &input);
	if (errors > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The token is not valid: see errors.");
	input.description = fields_text(json, "description") != NULL ? fields_text(json, "description") : "";
	return ops->token_create(ops->owner, &exchange->request, &input, &exchange->answer);
}

int handle_token_delete(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->token_delete(ops->owner, &exchange->request, &exchange->answer);
}
