#include "support_call.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

static struct call_world world;
static const struct api_peer peer = { .address = "192.0.2.1" };

struct call_world *call_world(void)
{
	return &world;
}

int call_setup(void **state)
{
	(void)state;
	fake_init(&world.fake);
	fake_ops(&world.fake, &world.ops);
	world.context = (struct api_context){ .ops = &world.ops, .routes = api_routes, .large = &world.large };
	json_object_set_new(world.fake.pipelines, "acme/one", json_pack(
		"{s:s, s:s, s:s, s:s, s:{}, s:{}, s:i, s:{s:s}, s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}}}", "tenant", "acme", "name",
		"one", "desired_state", "running", "description", "", "labels", "limits", "revision", 1, "status", "state",
		"running", "config", "host_id", "edge-1", "pipeline", "subscriber", "url", "ws://a:8082/ws/subscriber/flow",
		"store", "type", "direct", "write", "type", "stdout"));
	return sessions_new(&world.context.sessions, NULL) != 0 || throttle_new(&world.context.throttle, NULL) != 0;
}

int call_teardown(void **state)
{
	(void)state;
	sessions_free(&world.context.sessions);
	throttle_free(&world.context.throttle);
	fake_fini(&world.fake);
	return 0;
}

static size_t make_fields(const struct call *call, struct head_field *fields, char *length, char *authorization)
{
	const struct head_field all[] = { { "Host", call->host != NULL ? call->host : "127.0.0.1:8470" },
		{ "Authorization", call->token != NULL ? authorization : NULL }, { "Content-Type", call->type },
		{ "Content-Length", call->body != NULL ? length : NULL }, { "If-Match", call->match }, { "Accept", call->accept },
		{ "Cookie", call->cookie }, { "X-CSRF-Token", call->csrf }, { "Origin", call->origin } };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].value != NULL)
			fields[count++] = all[i];
	}
	return count;
}

void call_run(struct call *call)
{
	struct exchange *exchange = &call->exchange;
	struct head_field fields[9];
	char length[24], authorization[200];
	size_t count;
	bool malformed;

	snprintf(length, sizeof(length), "%zu", call->body != NULL ? strlen(call->body) : 0);
	snprintf(authorization, sizeof(authorization), "Bearer %s", call->token != NULL ? call->token : "");
	count = make_fields(call, fields, length, authorization);
	exchange_init(exchange, &world.context, &peer, call->target);
	exchange->now_ns = clock_boottime_ns();
	call->result = exchange_begin(exchange, call->method, "HTTP/1.1", fields, count, &malformed);
	if (call->result == 0) {
		if (call->body != NULL)
			exchange_receive(exchange, call->body, strlen(call->body));
		call->result = exchange_run(exchange);
	}
	if (call->result == API_PENDING)
		return;
	exchange_finish(exchange, call->result);
	call->status = exchange->reply.status;
	call->content_type = exchange->reply.content_type;
	call->text = exchange->reply.body != NULL ? strndup(exchange->reply.body, exchange->reply.length) : NULL;
	call->json = call->text != NULL ? json_loads(call->text, 0, NULL) : NULL;
}

void call_fini(struct call *call)
{
	json_decref(call->json);
	free(call->text);
	call->json = NULL;
	call->text = NULL;
	exchange_fini(&call->exchange);
}

const char *call_header(const struct call *call, const char *name)
{
	const struct reply *reply = &call->exchange.reply;

	for (size_t i = 0; i < reply->field_count; i++) {
		if (strcmp(reply->fields[i].name, name) == 0)
			return reply->fields[i].value;
	}
	return "";
}

const char *call_text(const struct call *call, const char *member)
{
	const char *text = json_string_value(json_object_get(call->json, member));

	return text != NULL ? text : "";
}
