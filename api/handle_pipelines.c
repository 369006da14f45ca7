/* Pipelines: their bodies are the bare configuration, or an envelope around it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/exchange.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "common/err.h"

enum { YAML_MAX = 1024 * 1024 };

/* None of these is a section of a configuration. */
static bool is_envelope(const json_t *json)
{
	for (const struct field *field = pipeline_envelope_fields; field->name != NULL; field++) {
		if (json_object_get(json, field->name) != NULL)
			return true;
	}
	return false;
}

/* The name in a body must be that of the path, if there is one. */
static size_t check_envelope_name(struct exchange *exchange, const json_t *json)
{
	const char *name = fields_text(json, "name");
	struct api_error error = { .pointer = "/name", .code = "value", .suggestion = exchange->request.name };

	if (name == NULL || exchange->request.name == NULL || strcmp(name, exchange->request.name) == 0)
		return 0;
	answer_error(&exchange->answer, &error, "must be the name in the path, or left out");
	return 1;
}

static size_t fill_input(struct exchange *exchange, const json_t *json, struct api_pipeline_input *input)
{
	size_t errors;

	*input = (struct api_pipeline_input){ .config = json, .config_pointer = "" };
	if (!is_envelope(json))
		return 0;
	errors = fields_check(json, "", pipeline_envelope_fields, &exchange->answer);
	errors += check_envelope_name(exchange, json);
	input->config = fields_object(json, "config");
	input->config_pointer = "/config";
	input->desired_state = fields_desired_state(json);
	input->description = fields_text(json, "description");
	input->labels = fields_object(json, "labels");
	input->limits = fields_object(json, "limits");
	return errors;
}

/* The envelope is wrong: what is wrong with the configuration shall be in the same answer. */
static int refuse_envelope(struct exchange *exchange, const struct api_pipeline_input *input)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_pipeline_input only = { .config = input->config, .config_pointer = input->config_pointer,
		.desired_state = input->desired_state };
	struct api_request request = exchange->request;

	request.probe = false;
	request.dry_run = true;
	if (input->config != NULL && ops->validate(ops->owner, &request, &only, &exchange->answer) != 0 &&
		exchange->answer.problem.status == 404)
		return ERR_NOT_FOUND;
	return answer_refuse(&exchange->answer, 422, "body.invalid", "The pipeline is not valid: see errors.");
}

/* What a GET answered may be sent as it is: what it has beside what can be written is passed over. Of a body that is no
 * such answer these members are mistakes. */
static void drop_answer_members(json_t *json)
{
	static const char *const members[] = { "tenant", "host_id", "revision", "created_at", "updated_at", "status" };

	if (!json_is_object(json_object_get(json, "status")) || json_object_get(json, "revision") == NULL)
		return;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_del(json, members[i]);
}

/* Who mistypes a member of the envelope is told of it, and not of a section of a bare configuration that there is not. */
static int suggest(struct exchange *exchange, const json_t *body, int result)
{
	if (result != 0 && !is_envelope(body))
		fields_suggest(pipeline_envelope_fields, &exchange->answer);
	return result;
}

/* 0, or refused. */
static int read_input(struct exchange *exchange, struct api_pipeline_input *input)
{
	int error = exchange_document(exchange);

	if (error != 0)
		return error;
	drop_answer_members(exchange->document.json);
	if (fill_input(exchange, exchange->document.json, input) > 0)
		return refuse_envelope(exchange, input);
	return 0;
}

int handle_pipeline_list(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->pipeline_list(ops->owner, &exchange->request, &exchange->query.list, &exchange->answer);
}

int handle_pipeline_create(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_error error = { .pointer = "/name", .code = "required" };
	struct api_pipeline_input input;
	int result = read_input(exchange, &input);

	if (result != 0)
		return result;
	if (exchange->request.name == NULL && is_envelope(exchange->document.json))
		exchange->request.name = fields_text(exchange->document.json, "name");
	if (exchange->request.name == NULL) {
		answer_error(&exchange->answer, &error, "is missing: give the new pipeline's name here or as ?name=");
		return refuse_envelope(exchange, &input);
	}
	result = ops->pipeline_create(ops->owner, &exchange->request, &input, &exchange->answer);
	return suggest(exchange, exchange->document.json, result);
}

static bool wants_yaml(const struct exchange *exchange)
{
	const char *accept = exchange->head.accept;

	return accept != NULL && (strstr(accept, "application/yaml") != NULL || strstr(accept, "text/yaml") != NULL ||
		strstr(accept, "application/x-yaml") != NULL);
}

static int reply_yaml(struct exchange *exchange)
{
	struct buffer out;

	buffer_init(&out, YAML_MAX);
	if (document_print_yaml(json_object_get(exchange->answer.body, "config"), &out) != 0) {
		buffer_fini(&out);
		return answer_unavailable(&exchange->answer, "memory", 1, "There is no memory for the answer.");
	}
	reply_text(&exchange->reply, "application/yaml", out.bytes, out.length);
	return 0;
}

int handle_pipeline_get(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	int result = ops->pipeline_get(ops->owner, &exchange->request, &exchange->answer);

	reply_field(&exchange->reply, "Vary", "Accept");
	return result == 0 && wants_yaml(exchange) ? reply_yaml(exchange) : result;
}

int handle_pipeline_put(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_pipeline_input input;
	int result = read_input(exchange, &input);

	if (result != 0)
		return result;
	result = ops->pipeline_put(ops->owner, &exchange->request, &input, &exchange->answer);
	return suggest(exchange, exchange->document.json, result);
}

/* ---- PATCH ---- */

/* What a PUT of the whole would have in its body. NULL: a member became something that it cannot be. */
static json_t *patched(const json_t *current, const json_t *patch)
{
	json_t *whole = json_object();
	json_t *merged;

	for (const struct field *field = pipeline_envelope_fields; field->name != NULL; field++) {
		json_t *value = json_object_get(current, field->name);

		if (value != NULL && !json_is_null(value))
			json_object_set_new(whole, field->name, json_deep_copy(value));
	}
	if (is_envelope(patch)) {
		merged = document_merge(whole, patch);
	} else {
		json_t *wrapped = json_object();

		json_object_set(wrapped, "config", (json_t *)patch);
		merged = document_merge(whole, wrapped);
		json_decref(wrapped);
	}
	json_decref(whole);
	return merged;
}

/* Taken out by null: back to the default, which is not what a PUT without it means. */
static void clear_removed(const json_t *patch, struct api_pipeline_input *input, json_t **empty)
{
	if (!is_envelope(patch))
		return;
	*empty = json_object();
	if (json_is_null(json_object_get(patch, "description")))
		input->description = "";
	if (json_is_null(json_object_get(patch, "labels")))
		input->labels = *empty;
	if (json_is_null(json_object_get(patch, "limits")))
		input->limits = *empty;
}

/* What was read must still be there when it is written, whoever else writes. */
static void match_read(struct exchange *exchange)
{
	struct api_match *match = &exchange->request.if_match;

	free(exchange->match_text);
	exchange->match_text = strdup(exchange->answer.etag);
	*match = (struct api_match){ .given = exchange->answer.etag[0] != '\0' && exchange->match_text != NULL, .count = 1,
		.tags = { exchange->match_text } };
}

static int put_patched(struct exchange *exchange, const json_t *whole)
{
	const struct api_ops *ops = exchange->context->ops;
	const json_t *patch = exchange->document.json;
	struct api_error removed = { .pointer = "/config", .code = "value" };
	struct api_pipeline_input input;
	json_t *empty = NULL;
	int result;

	answer_fini(&exchange->answer);
	if (fill_input(exchange, whole, &input) > 0) {
		result = refuse_envelope(exchange, &input);
	} else if (input.config == NULL) {
		answer_error(&exchange->answer, &removed, "cannot be taken out");
		result = refuse_envelope(exchange, &input);
	} else {
		/* pointers are told in terms of the patch */
		input.config_pointer = is_envelope(patch) ? "/config" : "";
		clear_removed(patch, &input, &empty);
		result = ops->pipeline_put(ops->owner, &exchange->request, &input, &exchange->answer);
	}
	json_decref(empty);
	return suggest(exchange, patch, result);
}

int handle_pipeline_patch(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	json_t *whole;
	int result = exchange_document(exchange);

	if (result == 0)
		result = ops->pipeline_get(ops->owner, &exchange->request, &exchange->answer);
	if (result != 0)
		return result;
	if (!api_match_holds(&exchange->request.if_match, exchange->answer.etag))
		return answer_refuse(&exchange->answer, 412, "etag.stale", "The pipeline has changed: GET it again.");
	whole = patched(exchange->answer.body, exchange->document.json);
	match_read(exchange);
	result = put_patched(exchange, whole);
	json_decref(whole);
	return result;
}

int handle_pipeline_delete(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->pipeline_delete(ops->owner, &exchange->request, &exchange->answer);
}

int handle_pipeline_status(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;

	return ops->pipeline_status(ops->owner, &exchange->request, &exchange->answer);
}

int handle_validate(struct exchange *exchange)
{
	const struct api_ops *ops = exchange->context->ops;
	struct api_pipeline_input input;
	int result;

	/* a probe makes this server connect to what the caller names */
	if (exchange->request.probe && exchange->caller.role < API_ROLE_OPERATOR)
		return answer_refuse(&exchange->answer, 403, "role.forbidden", "A probe needs an operator.");
	result = read_input(exchange, &input);
	if (result != 0)
		return result;
	/* what a GET answered is checked as that pipeline's */
	if (exchange->request.name == NULL && is_envelope(exchange->document.json))
		exchange->request.name = fields_text(exchange->document.json, "name");
	result = ops->validate(ops->owner, &exchange->request, &input, &exchange->answer);
	return suggest(exchange, exchange->document.json, result);
}
