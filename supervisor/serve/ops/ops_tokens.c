/* Tokens as the API has them: a tenant's, or with no tenant those of admins. */
#include <stdlib.h>
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/serve.h"
#include "supervisor/store/tokens.h"

static json_t *token_json(const struct store_token *token)
{
	return json_pack("{ss ss ss? ss so so so}", "id", token->id, "role", store_role_name(token->role), "tenant",
		token->tenant, "description", token->description, "created_at", ops_time(token->created_ms), "expires_at",
		ops_time(token->expires_ms), "last_used_at", ops_time(token->used_ms));
}

static int token_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	struct store_tokens page;
	int error = store_tokens_list(list->serve->store, list->request->tenant, after, list->query->limit, &page,
		list->arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; i < page.count; i++) {
		const char *const texts[] = { page.items[i].id, page.items[i].description };

		if (ops_list_fits(list, texts, 2))
			json_array_append_new(list->items, token_json(&page.items[i]));
	}
	*next = page.next;
	return 0;
}

static int token_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer)
{
	/* a tenant that is not there has no list either */
	int result = request->tenant != NULL ? ops_tenant_exists(owner, request->tenant, answer) : 0;

	return result != 0 ? result : ops_list_answer(owner, request, query, token_page, answer);
}

static int role_of(enum api_role role)
{
	return role == API_ROLE_ADMIN ? STORE_ADMIN : role == API_ROLE_OPERATOR ? STORE_OPERATOR : STORE_VIEWER;
}

/* The one time that the token is shown; a dry run has made none. */
static void show_new(const struct store_token *token, const char *text, bool dry_run, struct api_answer *answer)
{
	answer->body = token_json(token);
	if (dry_run)
		return;
	json_object_set_new(answer->body, "token", json_string(text));
	answer->status = 201;
}

/* For the audit row: what was given away. NULL: no memory, and the row says less. */
static char *new_token_text(const struct store_token *token)
{
	json_t *detail = json_pack("{ss ss so}", "role", store_role_name(token->role), "description", token->description,
		"expires_at", ops_time(token->expires_ms));
	char *text = json_dumps(detail, JSON_COMPACT);

	json_decref(detail);
	return text;
}

static int token_create(void *owner, const struct api_request *request, const struct api_token_input *input,
	struct api_answer *answer)
{
	struct serve *serve = owner;
	struct store_token token = { .role = role_of(input->role), .tenant = request->tenant,
		.description = input->description, .expires_ms = input->expires_at_ms };
	char *detail = new_token_text(&token);
	struct store_change change;
	char text[TOKEN_TEXT_SIZE];
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	ops_change(request, &change);
	change.detail = detail;
	error = store_token_create(serve->store, &change, &token, text, NULL, &arena, &err);
	if (error == 0)
		show_new(&token, text, request->dry_run, answer);
	explicit_bzero(text, sizeof(text));
	free(detail);
	arena_fini(&arena);
	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

static int token_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct store_change change;
	struct err err;
	int error;

	ops_change(request, &change);
	error = store_token_delete(serve->store, &change, request->tenant, request->name, NULL, &err);
	if (error != 0)
		return ops_failed(answer, error, &err);
	if (request->dry_run)
		answer->body = json_pack("{sb}", "changed", 1);
	answer->status = request->dry_run ? 200 : 204;
	return 0;
}

void ops_tokens_init(struct api_ops *ops)
{
	ops->token_list = token_list;
	ops->token_create = token_create;
	ops->token_delete = token_delete;
}
