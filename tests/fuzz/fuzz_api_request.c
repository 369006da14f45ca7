/* Any head and body through a whole exchange on the fake supervisor: a reply with a status of the contract, and problems
 * that are JSON and name their request. Lines end in LF: request line, headers, an empty line, the body. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/exchange.h"
#include "fake.h"
#include "tests/fuzz/check.h"

enum { FIELDS_MAX = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const char *method, *target, *version;
	struct head_field fields[FIELDS_MAX];
	size_t count;
	const char *body;
	size_t body_length;
};

static const char *take(char **rest, const char *end)
{
	char *text = strsep(rest, end);

	return text != NULL ? text : "";
}

static void split(char *text, size_t size, struct input *input)
{
	char *rest = text;
	char *line = strsep(&rest, "\n");

	input->method = take(&line, " ");
	input->target = take(&line, " ");
	input->version = line != NULL ? line : "";
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
		if (input->count == FIELDS_MAX)
			continue;
		input->fields[input->count].name = take(&line, ":");
		input->fields[input->count++].value = line != NULL ? line + (line[0] == ' ') : "";
	}
	input->body = rest != NULL ? rest : "";
	input->body_length = rest != NULL ? size - (size_t)(rest - text) : 0;
}

static void check_reply(const struct exchange *exchange)
{
	const struct reply *reply = &exchange->reply;
	json_t *json;

	check(reply->status >= 200 && reply->status < 600, "no status");
	if (reply->status < 400 || reply->content_type == NULL || strcmp(reply->content_type, "application/problem+json") != 0)
		return;
	json = json_loadb(reply->body, reply->length, 0, NULL);
	check(json != NULL, "a problem that is not JSON");
	check(json_integer_value(json_object_get(json, "status")) == reply->status, "another status within");
	check(strcmp(json_string_value(json_object_get(json, "request_id")), exchange->id) == 0, "no request_id");
	check(json_is_string(json_object_get(json, "instance")), "no instance");
	json_decref(json);
}

static void run(const struct api_context *context, const struct input *input)
{
	static const struct api_peer peer = { .address = "192.0.2.1" };
	struct exchange exchange;
	bool malformed;
	int result;

	exchange_init(&exchange, context, &peer, input->target);
	exchange.now_ns = 1;
	result = exchange_begin(&exchange, input->method, input->version, input->fields, input->count, &malformed);
	check(!malformed || result != 0, "malformed, and passed");
	if (result == 0) {
		exchange_receive(&exchange, input->body, input->body_length);
		result = exchange_run(&exchange);
	}
	if (result == API_PENDING)
		result = context->ops->poll(context->ops->owner, exchange.answer.ticket, true, &exchange.answer);
	exchange_finish(&exchange, result);
	check_reply(&exchange);
	exchange_fini(&exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct api_ops ops;
	struct api_context context = { .ops = &ops, .routes = api_routes };
	struct input input = { .count = 0 };
	struct fake fake;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	split(text, size, &input);
	fake_init(&fake);
	fake_ops(&fake, &ops);
	if (sessions_new(&context.sessions, NULL) == 0 && throttle_new(&context.throttle, NULL) == 0)
		run(&context, &input);
	sessions_free(&context.sessions);
	throttle_free(&context.throttle);
	fake_fini(&fake);
	free(text);
	return 0;
}
