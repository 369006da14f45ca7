#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/err.h"
#include "fake.h"

enum { KEY_SIZE = 2 * API_NAME_SIZE + 2 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static const char *key_of(const struct api_request *request, char key[static KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s/%s", request->tenant, request->name);
	return key;
}

json_t *fake_pipeline(struct fake *fake, const struct api_request *request)
{
	char key[KEY_SIZE];

	return json_object_get(fake->pipelines, key_of(request, key));
}

static void set_etag(const json_t *pipeline, struct api_answer *answer)
{
	snprintf(answer->etag, sizeof(answer->etag), "%lld",
		(long long)json_integer_value(json_object_get(pipeline, "revision")));
}

static bool keep(const json_t *item, const struct api_request *request, const struct api_list *list)
{
	const struct api_caller *caller = request->caller;
	const char *tenant = text_of(item, "tenant");

	if (request->tenant != NULL ? strcmp(tenant, request->tenant) != 0 :
		caller->tenant[0] != '\0' && strcmp(caller->tenant, tenant) != 0)
		return false;
	for (size_t i = 0; i < list->label_count; i++) {
		const char *value = json_string_value(json_object_get(json_object_get(item, "labels"), list->labels[i].key));

		if (value == NULL || (list->labels[i].value != NULL && strcmp(value, list->labels[i].value) != 0))
			return false;
	}
	return list->q == NULL || strstr(text_of(item, "name"), list->q) != NULL;
}

static int pipeline_list(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	struct fake *fake = owner;

	return fake_check_tenant(fake, request, answer) != 0 ? ERR_NOT_FOUND :
		fake_list(fake->pipelines, list, keep, request, answer);
}

static int pipeline_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	const json_t *pipeline = fake_pipeline(owner, request);

	if (pipeline == NULL)
		return answer_not_found(answer);
	answer->body = json_copy((json_t *)pipeline);
	set_etag(pipeline, answer);
	return 0;
}

/* Nothing is a secret here but the text {"set":true} in place of one. */
static int check_config(const struct api_pipeline_input *input, struct api_answer *answer)
{
	char *text = json_dumps(input->config, 0);
	struct config *config;
	size_t errors;

	if (config_load(&config, text, strlen(text), NULL, NULL) != 0) {
		free(text);
		return answer_unavailable(answer, "memory", 1, "no memory");
	}
	errors = answer_config(answer, config, input->config_pointer);
	config_free(&config);
	free(text);
	return errors == 0 ? 0 : answer_refuse(answer, 422, "config.invalid", "The configuration is not valid: see errors.");
}

static int check_host_id(struct fake *fake, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	const char *host_id = text_of(input->config, "host_id");
	char own[KEY_SIZE], pointer[80];
	struct api_error error = { .pointer = pointer, .code = "host_id.in_use", .suggestion = "edge-free" };
	const char *key;
	json_t *other;

	snprintf(pointer, sizeof(pointer), "%s/host_id", input->config_pointer);
	json_object_foreach(fake->pipelines, key, other) {
		if (host_id[0] == '\0' || strcmp(key, key_of(request, own)) == 0 ||
			strcmp(text_of(json_object_get(other, "config"), "host_id"), host_id) != 0)
			continue;
		answer_error(answer, &error, "is in use");
		return answer_refuse(answer, 409, "host_id.in_use", "The host_id is in use.");
	}
	return 0;
}

static json_t *make(const struct api_request *request, const struct api_pipeline_input *input, json_t *before)
{
	json_t *pipeline = before != NULL ? json_copy(before) : json_pack("{s:s, s:s, s:s, s:s, s:{}, s:{}, s:i, s:{s:s}}",
		"tenant", request->tenant, "name", request->name, "desired_state", "running", "description", "", "labels",
		"limits", "revision", 0, "status", "state", "starting");

	if (input->config != NULL)
		json_object_set(pipeline, "config", (json_t *)input->config);
	if (input->desired_state != API_STATE_KEEP)
		json_object_set_new(pipeline, "desired_state",
			json_string(input->desired_state == API_STATE_RUNNING ? "running" : "stopped"));
	if (input->description != NULL)
		json_object_set_new(pipeline, "description", json_string(input->description));
	if (input->labels != NULL)
		json_object_set(pipeline, "labels", (json_t *)input->labels);
	if (input->limits != NULL)
		json_object_set(pipeline, "limits", (json_t *)input->limits);
	return pipeline;
}

static int save(struct fake *fake, const struct api_request *request, json_t *before, json_t *after, bool changed,
	struct api_answer *answer)
{
	char key[KEY_SIZE];

	if (changed)
		json_object_set_new(after, "revision",
			json_integer(json_integer_value(json_object_get(after, "revision")) + 1));
	if (!request->dry_run)
		json_object_set(fake->pipelines, key_of(request, key), after);
	set_etag(after, answer);
	after = json_copy(after);
	json_object_set_new(after, "changed", json_boolean(changed));
	answer->status = before == NULL && !request->dry_run ? 201 : 200;
	if (request->wait_ms > 0 && !request->dry_run)
		return fake_put_off(fake, after, answer->status, answer);
	answer->body = after;
	return 0;
}

static int put(struct fake *fake, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	json_t *before = fake_pipeline(fake, request);
	json_t *after;
	bool changed;
	int result;

	set_etag(before, answer);
	if (!api_match_holds(&request->if_match, before != NULL ? answer->etag : NULL))
		return answer_refuse(answer, 412, "etag.stale", "The pipeline has changed: GET it again.");
	if (input->config == NULL && before == NULL)
		return answer_refuse(answer, 422, "config.invalid", "There is no configuration.");
	result = input->config != NULL ? check_config(input, answer) : 0;
	if (result == 0 && input->config != NULL)
		result = check_host_id(fake, request, input, answer);
	if (result == 0 && fake->full)
		result = answer_unavailable(answer, "storage.full", 30, "The disk is full.");
	if (result != 0)
		return result;
	after = make(request, input, before);
	changed = before == NULL || !json_equal(json_object_get(before, "config"), json_object_get(after, "config"));
	result = save(fake, request, before, after, changed, answer);
	json_decref(after);
	return result;
}

static int pipeline_put(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	return fake_check_tenant(owner, request, answer) != 0 ? ERR_NOT_FOUND : put(owner, request, input, answer);
}

static int pipeline_create(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	if (fake_check_tenant(owner, request, answer) != 0)
		return ERR_NOT_FOUND;
	if (fake_pipeline(owner, request) != NULL)
		return answer_refuse(answer, 409, "pipeline.exists", "There is a pipeline of that name.");
	return put(owner, request, input, answer);
}

static int pipeline_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct fake *fake = owner;
	const json_t *pipeline = fake_pipeline(fake, request);
	char key[KEY_SIZE];

	if (pipeline == NULL)
		return answer_not_found(answer);
	if (json_object_get(json_object_get(pipeline, "labels"), "unsent") != NULL && !request->discard) {
		answer->problem.members = json_pack("{s:i}", "flows", 812);
		return answer_refuse(answer, 409, "spool.not_empty", "812 flows are not written.");
	}
	if (!request->dry_run)
		json_object_del(fake->pipelines, key_of(request, key));
	answer->limit_ms = 60 * 1000;
	return fake_put_off(fake, NULL, 204, answer);
}

static int pipeline_status(void *owner, const struct api_request *request, struct api_answer *answer)
{
	const json_t *pipeline = fake_pipeline(owner, request);

	if (pipeline == NULL)
		return answer_not_found(answer);
	answer->body = json_incref(json_object_get(pipeline, "status"));
	return 0;
}

static int pipeline_verb(void *owner, const struct api_request *request, const struct api_verb_input *input,
	struct api_answer *answer)
{
	struct fake *fake = owner;
	json_t *pipeline = fake_pipeline(fake, request);

	if (pipeline == NULL)
		return answer_not_found(answer);
	if (request->dry_run) {
		answer->body = json_incref(pipeline);
		return 0;
	}
	json_object_set_new(pipeline, "desired_state", json_string(input->verb == API_VERB_STOP ? "stopped" : "running"));
	if (request->wait_ms > 0)
		return fake_put_off(fake, json_incref(pipeline), 200, answer);
	answer->body = json_incref(pipeline);
	answer->status = 202;
	return 0;
}

static int pipeline_verb_all(void *owner, const struct api_request *request, const struct api_verb_input *input,
	const struct api_list *list, struct api_answer *answer)
{
	struct fake *fake = owner;
	struct api_list all = *list;

	(void)input;
	all.limit = 100000;
	if (fake_check_tenant(fake, request, answer) != 0)
		return ERR_NOT_FOUND;
	fake_list(fake->pipelines, &all, keep, request, answer);
	answer->body = json_pack("{s:o}", "items", answer->body);
	if (request->wait_ms > 0 && !request->dry_run)
		return fake_put_off(fake, json_incref(answer->body), 200, answer);
	answer->status = request->dry_run ? 200 : 202;
	return 0;
}

static int validate(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	struct fake *fake = owner;
	int result = fake_check_tenant(fake, request, answer);

	if (result == 0)
		result = check_config(input, answer);
	if (result != 0)
		return result;
	answer->body = json_pack("{s:O, s:o}", "config", input->config, "warnings", answer_take_warnings(answer));
	if (!request->probe)
		return 0;
	json_t *body = answer->body;
	answer->body = NULL;
	answer->limit_ms = 60 * 1000;
	return fake_put_off(fake, body, 200, answer);
}

void fake_pipeline_ops(struct api_ops *ops)
{
	ops->pipeline_list = pipeline_list;
	ops->pipeline_get = pipeline_get;
	ops->pipeline_create = pipeline_create;
	ops->pipeline_put = pipeline_put;
	ops->pipeline_delete = pipeline_delete;
	ops->pipeline_status = pipeline_status;
	ops->pipeline_verb = pipeline_verb;
	ops->pipeline_verb_all = pipeline_verb_all;
	ops->validate = validate;
}
