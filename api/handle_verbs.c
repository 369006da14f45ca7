/* start, stop, restart: of one pipeline, or of a tenant's. */
#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/text.h"

static int read_verb(struct exchange *exchange, enum api_verb verb, struct api_verb_input *input)
{
	const char *timeout;
	int error = exchange_document(exchange);

	*input = (struct api_verb_input){ .verb = verb, .drain_timeout_ms = -1 };
	if (error != 0)
		return error;
	if (fields_check(exchange->document.json, "", verb == API_VERB_START ? start_fields : verb_fields,
		&exchange->answer) > 0)
		return answer_refuse(&exchange->answer, 422, "body.invalid", "The body is not valid: see errors.");
	input->force = fields_bool(exchange->document.json, "force");
	timeout = fields_text(exchange->document.json, "drain_timeout");
	if (timeout != NULL)
		text_duration(timeout, FIELD_DURATION_MAX_MS, &input->drain_timeout_ms);
	return 0;
}

static int run_one(struct exchange *exchange, enum api_verb verb)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_verb_input input;
	int error = read_verb(exchange, verb, &input);

	if (error != 0)
		return error;
	return ops->pipeline_verb(ops->owner, &exchange->request, &input, &exchange->answer);
}

static int run_all(struct exchange *exchange, enum api_verb verb)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_verb_input input;
	int error = read_verb(exchange, verb, &input);

	if (error != 0)
		return error;
	return ops->pipeline_verb_all(ops->owner, &exchange->request, &input, &exchange->query.list, &exchange->answer);
}

int handle_start(struct exchange *exchange)
{
	return run_one(exchange, API_VERB_START);
}

int handle_stop(struct exchange *exchange)
{
	return run_one(exchange, API_VERB_STOP);
}

int handle_restart(struct exchange *exchange)
{
	return run_one(exchange, API_VERB_RESTART);
}

int handle_start_all(struct exchange *exchange)
{
	return run_all(exchange, API_VERB_START);
}

int handle_stop_all(struct exchange *exchange)
{
	return run_all(exchange, API_VERB_STOP);
}

int handle_restart_all(struct exchange *exchange)
{
	return run_all(exchange, API_VERB_RESTART);
}
