/* Answers without an end. */
#include <string.h>

#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"

int handle_events(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	const char *last_id = exchange->head.last_event_id;
	struct api_event_query query = exchange->query.events;

	query.last_id = last_id != NULL && last_id[0] != '\0' ? last_id : NULL;
	return ops->events(ops->owner, &exchange->request, &query, &exchange->answer);
}

static bool wants_events(const struct exchange *exchange)
{
	return exchange->head.accept != NULL && strstr(exchange->head.accept, "text/event-stream") != NULL;
}

int handle_logs(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_log_query query = exchange->query.log;

	query.events = wants_events(exchange);
	if (query.tail > TAIL_MAX)
		query.tail = query.since_ms != 0 ? TAIL_MAX : TAIL_DEFAULT;
	reply_field(&exchange->reply, "Vary", "Accept");
	return ops->logs(ops->owner, &exchange->request, &query, &exchange->answer);
}

int handle_tap(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_tap_query query = exchange->query.tap;

	query.events = wants_events(exchange);
	reply_field(&exchange->reply, "Vary", "Accept");
	return ops->tap(ops->owner, &exchange->request, &query, &exchange->answer);
}

int handle_log_level_get(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->log_level_get(ops->owner, &exchange->request, &exchange->answer);
}

int handle_log_level(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	int error = exchange_document(exchange);

	if (error != 0)
		return error;
	if (fields_check(exchange->document.json, "", log_level_fields, &exchange->answer) > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The body is not valid: see errors.");
	return ops->log_level(ops->owner, &exchange->request, fields_text(exchange->document.json, "level"),
		&exchange->answer);
}
