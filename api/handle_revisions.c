/* A pipeline's revisions, and the way back to one of them. */
#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"

int handle_revision_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->revision_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

int handle_revision_get(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->revision_get(ops->owner, &exchange->request, &exchange->answer);
}

int handle_rollback(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const json_t *revision;
	int error = exchange_document(exchange);

	if (error != 0)
		return error;
	if (fields_check(exchange->document.json, "", rollback_fields, &exchange->answer) > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The body is not valid: see errors.");
	revision = json_object_get(exchange->document.json, "revision");
	return ops->pipeline_rollback(ops->owner, &exchange->request, json_integer_value(revision), &exchange->answer);
}
