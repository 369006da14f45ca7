#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "common/buffer.h"
#include "common/err.h"

static json_t *named(json_t *map, const char *name)
{
	return json_object_get(map, name);
}

int fake_check_tenant(struct fake *fake, const struct api_request *request, struct api_answer *answer)
{
	if (request->tenant != NULL && named(fake->tenants, request->tenant) == NULL)
		return answer_not_found(answer);
	return 0;
}

static int refuse_full(struct fake *fake, struct api_answer *answer)
{
	return fake->full ? answer_unavailable(answer, "storage.full", 30, "The disk is full.") : 0;
}

static int compare_keys(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int fake_list(const json_t *all, const struct api_list *list,
	bool (*keep)(const json_t *item, const struct api_request *request, const struct api_list *list),
	const struct api_request *request, struct api_answer *answer)
{
	const char **keys = calloc(json_object_size(all) + 1, sizeof(*keys));
	const char *key;
	json_t *item;
	size_t count = 0;

	json_object_foreach((json_t *)all, key, item)
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare_keys);
	answer->body = json_array();
	for (size_t i = 0; i < count; i++) {
		item = json_object_get(all, keys[i]);
		if (strcmp(keys[i], list->after) <= 0 || (keep != NULL && !keep(item, request, list)))
			continue;
		if (json_array_size(answer->body) == list->limit) {
			const char *last = json_string_value(json_object_get(json_array_get(answer->body, list->limit - 1), "key"));

			snprintf(answer->next, sizeof(answer->next), "%s", last);
			break;
		}
		item = json_copy(item);
		json_object_set_new(item, "key", json_string(keys[i]));
		if (!list->with_config)
			json_object_del(item, "config");
		json_array_append_new(answer->body, item);
	}
	free(keys);
	return 0;
}

/* ---- callers ---- */

static int authenticate(void *owner, const char *token, const char *address, struct api_caller *caller)
{
	struct fake *fake = owner;
	const json_t *found = named(fake->tokens, token);
	const char *role = json_string_value(json_object_get(found, "role"));

	(void)address;
	if (strcmp(token, "slc_unavailable") == 0)
		return ERR_AGAIN;
	if (found == NULL)
		return ERR_DENIED;
	*caller = (struct api_caller){ .role = strcmp(role, "admin") == 0 ? API_ROLE_ADMIN :
		strcmp(role, "operator") == 0 ? API_ROLE_OPERATOR : API_ROLE_VIEWER };
	snprintf(caller->tenant, sizeof(caller->tenant), "%.63s", json_string_value(json_object_get(found, "tenant")));
	snprintf(caller->token_id, sizeof(caller->token_id), "%.39s", json_string_value(json_object_get(found, "id")));
	return 0;
}

static bool caller_holds(void *owner, const struct api_caller *caller)
{
	struct fake *fake = owner;
	const char *text;
	json_t *token;

	json_object_foreach(fake->tokens, text, token) {
		if (strcmp(json_string_value(json_object_get(token, "id")), caller->token_id) == 0)
			return true;
	}
	return false;
}

static json_t *caller_token(void *owner, const struct api_caller *caller)
{
	(void)owner;
	return json_pack("{s:s?, s:n}", "description", caller->token_id[0] != '\0' ? "a token" : NULL, "expires_at");
}

static void add_token(struct fake *fake, const char *text, const char *id, const char *role, const char *tenant)
{
	json_object_set_new(fake->tokens, text, json_pack("{s:s, s:s, s:s}", "id", id, "role", role, "tenant", tenant));
}

static int token_list(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	struct fake *fake = owner;

	return fake_check_tenant(fake, request, answer) != 0 ? ERR_NOT_FOUND :
		fake_list(fake->tokens, list, NULL, request, answer);
}

static int token_create(void *owner, const struct api_request *request, const struct api_token_input *input,
	struct api_answer *answer)
{
	static const char *const names[] = { "none", "viewer", "operator", "admin" };
	struct fake *fake = owner;
	char text[32], id[16];

	if (fake_check_tenant(fake, request, answer) != 0)
		return ERR_NOT_FOUND;
	if (refuse_full(fake, answer) != 0)
		return ERR_NO_SPACE;
	snprintf(id, sizeof(id), "t%zu", json_object_size(fake->tokens));
	snprintf(text, sizeof(text), "slc_new_%s", id);
	answer->body = json_pack("{s:s, s:s, s:s, s:I}", "id", id, "role", names[input->role], "description",
		input->description, "expires_at_ms", (json_int_t)input->expires_at_ms);
	if (request->dry_run)
		return 0;
	add_token(fake, text, id, names[input->role], request->tenant != NULL ? request->tenant : "");
	json_object_set_new(answer->body, "token", json_string(text));
	answer->status = 201;
	return 0;
}

static int token_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct fake *fake = owner;
	const char *text;
	json_t *token;

	json_object_foreach(fake->tokens, text, token) {
		if (strcmp(json_string_value(json_object_get(token, "id")), request->name) != 0)
			continue;
		json_object_del(fake->tokens, text);
		answer->status = 204;
		return 0;
	}
	return answer_not_found(answer);
}

/* ---- tenants ---- */

static int tenant_list(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	struct fake *fake = owner;

	return fake_list(fake->tenants, list, NULL, request, answer);
}

static int tenant_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct fake *fake = owner;

	if (fake_check_tenant(fake, request, answer) != 0)
		return ERR_NOT_FOUND;
	answer->body = json_incref(named(fake->tenants, request->tenant));
	return 0;
}

static int tenant_put(void *owner, const struct api_request *request, const struct api_tenant_input *input,
	struct api_answer *answer)
{
	struct fake *fake = owner;
	bool created = named(fake->tenants, request->tenant) == NULL;
	json_t *tenant;

	if (refuse_full(fake, answer) != 0)
		return ERR_NO_SPACE;
	tenant = json_pack("{s:s, s:s, s:o}", "name", request->tenant, "display_name",
		input->display_name != NULL ? input->display_name : "", "limits",
		input->limits != NULL ? json_incref((json_t *)input->limits) : json_object());
	if (!request->dry_run)
		json_object_set(fake->tenants, request->tenant, tenant);
	json_object_set_new(tenant, "changed", json_true());
	answer->body = tenant;
	answer->status = created && !request->dry_run ? 201 : 200;
	return 0;
}

static int tenant_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct fake *fake = owner;
	const char *key;
	json_t *pipeline;

	if (fake_check_tenant(fake, request, answer) != 0)
		return ERR_NOT_FOUND;
	json_object_foreach(fake->pipelines, key, pipeline) {
		if (strcmp(json_string_value(json_object_get(pipeline, "tenant")), request->tenant) == 0 && !request->force)
			return answer_refuse(answer, 409, "tenant.not_empty", "The tenant has pipelines.");
	}
	if (!request->dry_run)
		json_object_del(fake->tenants, request->tenant);
	answer->status = request->dry_run ? 200 : 204;
	answer->body = request->dry_run ? json_pack("{s:b}", "changed", 1) : NULL;
	return 0;
}

/* ---- transfers ---- */

static int export_more(void *owner, struct buffer *out)
{
	(void)owner;
	return buffer_append_text(out, "--- {kind: tenant}\n") == 0 ? STREAM_DONE : ERR_NO_MEMORY;
}

static int export_all(void *owner, const struct api_request *request, struct api_answer *answer)
{
	(void)owner;
	(void)request;
	if (api_stream_new(&answer->stream, NULL) != 0)
		return answer_unavailable(answer, "memory", 1, "no memory");
	api_stream_source(answer->stream, export_more);
	api_stream_text(answer->stream);
	answer->content_type = "application/yaml";
	return 0;
}

static int import_all(void *owner, const struct api_request *request, const struct api_import_input *input,
	struct api_answer *answer)
{
	answer->limit_ms = 60 * 1000;
	return fake_put_off(owner, json_pack("{s:b, s:I}", "dry_run", (int)request->dry_run, "bytes",
		(json_int_t)input->body->length), 200, answer);
}

/* ---- views ---- */

static int list_nothing(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	(void)owner;
	(void)request;
	(void)list;
	answer->text = strdup("[]");
	answer->text_length = 2;
	return 0;
}

static int list_no_audit(void *owner, const struct api_request *request, const struct api_list *list,
	const struct api_audit_query *audit, struct api_answer *answer)
{
	(void)audit;
	return list_nothing(owner, request, list, answer);
}

static int ready(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct fake *fake = owner;

	(void)request;
	answer->status = fake->ready ? 200 : 503;
	answer->body = fake->ready ? json_pack("{s:b}", "ready", 1) :
		json_pack("{s:b, s:[{s:s, s:s}]}", "ready", 0, "not_ready", "what", "database", "message", "locked");
	return 0;
}

static int metrics(void *owner, const struct api_request *request, struct api_answer *answer)
{
	(void)owner;
	(void)request;
	answer->text = strdup("sluice_up 1\n");
	answer->text_length = strlen(answer->text);
	return 0;
}

void fake_init(struct fake *fake)
{
	*fake = (struct fake){ .tenants = json_object(), .tokens = json_object(), .pipelines = json_object(), .ready = true };
	json_object_set_new(fake->tenants, "acme", json_pack("{s:s, s:s, s:{}}", "name", "acme", "display_name", "Acme", "limits"));
	json_object_set_new(fake->tenants, "globex", json_pack("{s:s, s:s, s:{}}", "name", "globex", "display_name", "Globex", "limits"));
	add_token(fake, "slc_admin", "admin-1", "admin", "");
	add_token(fake, "slc_acme_operator", "acme-o", "operator", "acme");
	add_token(fake, "slc_acme_viewer", "acme-v", "viewer", "acme");
	add_token(fake, "slc_globex_operator", "globex-o", "operator", "globex");
}

void fake_fini(struct fake *fake)
{
	fake_finish(fake);
	for (size_t i = 0; i < TICKETS_MAX; i++)
		json_decref(fake->tickets[i].body);
	json_decref(fake->tenants);
	json_decref(fake->tokens);
	json_decref(fake->pipelines);
}

void fake_ops(struct fake *fake, struct api_ops *ops)
{
	*ops = (struct api_ops){ .owner = fake, .authenticate = authenticate, .caller_holds = caller_holds,
		.caller_token = caller_token,
		.tenant_list = tenant_list, .tenant_get = tenant_get, .tenant_put = tenant_put, .tenant_delete = tenant_delete,
		.token_list = token_list, .token_create = token_create, .token_delete = token_delete,
		.subscription_list = list_nothing, .host_id_list = list_nothing, .audit_list = list_no_audit, .ready = ready, .export = export_all, .import = import_all,
		.metrics = metrics };
	fake_pipeline_ops(ops);
	fake_revision_ops(ops);
	fake_tap_ops(ops);
	fake_pending_ops(ops);
}
