/* Everything out, and in again. */
#include "api/exchange.h"
#include "api/handlers.h"

int handle_export(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->export(ops->owner, &exchange->request, &exchange->answer);
}

int handle_import(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const struct query *query = &exchange->query;
	const struct api_import_input input = { .body = &exchange->body, .prune = query->prune,
		.secrets_later = query->secrets_later };

	if (exchange->body.length == 0)
		return answer_refuse(&exchange->answer, 400, "body.missing", "This needs a body.");
	return ops->import(ops->owner, &exchange->request, &input, &exchange->answer);
}
