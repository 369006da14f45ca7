/* Answers without an end. */
#include "api/exchange.h"
#include "api/handlers.h"

int handle_events(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const char *last_id = exchange->head.last_event_id;

	return ops->events(ops->owner, &exchange->request, last_id != NULL && last_id[0] != '\0' ? last_id : NULL,
		&exchange->answer);
}
