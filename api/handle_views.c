/* What is only looked at. */
#include <string.h>

#include "api/exchange.h"
#include "api/handlers.h"
#include "common/config/config.h"

enum { SCHEMA_MAX = 1024 * 1024 };

int handle_subscription_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->subscription_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

int handle_host_id_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->host_id_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

int handle_audit_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->audit_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->query.audit, &exchange->answer);
}

int handle_schema(struct exchange *exchange)
{
	struct buffer out;

	buffer_init(&out, SCHEMA_MAX);
	if (config_schema(&out) != 0) {
		buffer_fini(&out);
		return answer_unavailable(&exchange->answer, "memory", 1, "There is no memory for the answer.");
	}
	reply_text(&exchange->reply, "application/schema+json", out.bytes, out.length);
	return 0;
}

int handle_openapi(struct exchange *exchange)
{
	exchange->reply.content_type = "application/json";
	exchange->reply.fixed = api_openapi_json;
	exchange->reply.length = api_openapi_json_length;
	return 0;
}

/* That this is answered is all that it says. */
int handle_live(struct exchange *exchange)
{
	exchange->answer.body = json_pack("{s:b}", "live", 1);
	return 0;
}

int handle_ready(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->ready(ops->owner, &exchange->request, &exchange->answer);
}

int handle_metrics(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	int result = ops->metrics(ops->owner, &exchange->request, &exchange->answer);

	if (result != 0 || exchange->answer.text == NULL)
		return result;
	reply_text(&exchange->reply, "text/plain; version=0.0.4; charset=utf-8", exchange->answer.text,
		exchange->answer.text_length);
	exchange->answer.text = NULL;
	return 0;
}
