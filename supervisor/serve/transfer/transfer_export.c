/* GET /v1/export: tenants, then pipelines, as the client takes them. The database goes on meanwhile: what is shown is a view
 * of one moment. */
#include <stdio.h>
#include <stdlib.h>

#include "api/stream.h"
#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/transfer/transfer.h"
#include "supervisor/store/tenants.h"

enum {
	EXPORTS_MAX = 4,              /* at once: each has the database open */
	PAGE = 32,
	PIECE = 64 * 1024,            /* bytes that are made at once, and at most one document more */
	EXPORT_LIMIT_S = 600,         /* who takes longer keeps the database's log from being used anew */
};

struct export {
	struct export *next;
	struct serve *serve;
	struct store *view;           /* owned */
	bool tenants_done;
	char after[2 * API_NAME_SIZE + 2];
	int64_t until_ns;
};

static void export_free(struct export *export)
{
	for (struct export **link = &export->serve->exports; *link != NULL; link = &(*link)->next) {
		if (*link != export)
			continue;
		*link = export->next;
		break;
	}
	store_close(&export->view);
	free(export);
}

static void closed(void *owner)
{
	export_free(owner);
}

/* ---- documents ---- */

static int print(json_t *document, struct buffer *out, struct err *err)
{
	int error = document != NULL ? transfer_print(document, out) : ERR_NO_MEMORY;

	json_decref(document);
	return error == 0 ? 0 : err_set(err, error, error == ERR_LIMIT ? "a document is too large" : "no memory for a document");
}

static json_t *tenant_document(const struct store_tenant *tenant)
{
	return json_pack("{ss ss ss so}", "kind", "tenant", "name", tenant->name, "display_name", tenant->display_name,
		"limits", ops_json(tenant->limits));
}

/* What `auto` has come to is kept for the pipeline's life, and so it is told: it might come to something else there. */
static json_t *pipeline_document(const struct store_pipeline *row)
{
	json_t *document = json_pack("{ss ss ss ss ss so so}", "kind", "pipeline", "tenant", row->tenant, "name", row->name,
		"desired_state", row->running ? "running" : "stopped", "description", row->description, "labels",
		ops_json(row->labels), "limits", ops_json(row->limits));

	if (strcmp(row->host_id, "auto") == 0)
		json_object_set_new(document, "auto_host_id", json_string(row->host_id_used));
	json_object_set_new(document, "config", ops_json(row->config));
	return document;
}

static bool is_full(const struct buffer *out)
{
	return out->length >= PIECE;
}

/* Each sets *end where nothing follows. */
static int print_tenants(struct export *export, struct buffer *out, struct arena *arena, bool *end, struct err *err)
{
	struct store_tenants page;
	int error = store_tenants_list(export->view, export->after, PAGE, &page, arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; error == 0 && i < page.count && !is_full(out); i++) {
		error = print(tenant_document(&page.items[i]), out, err);
		snprintf(export->after, sizeof(export->after), "%s", page.items[i].name);
		*end = page.next == NULL && i == page.count - 1;
	}
	*end = *end || page.count == 0;
	return error;
}

static int print_pipelines(struct export *export, struct buffer *out, struct arena *arena, bool *end, struct err *err)
{
	const char *after = export->after[0] != '\0' ? export->after : NULL;
	struct store_pipelines page;
	int error = store_pipelines_list(export->view, NULL, after, PAGE, true, &page, arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; error == 0 && i < page.count && !is_full(out); i++) {
		const struct store_pipeline *row = &page.items[i];

		error = print(pipeline_document(row), out, err);
		snprintf(export->after, sizeof(export->after), "%s/%s", row->tenant, row->name);
		*end = page.next == NULL && i == page.count - 1;
	}
	*end = *end || page.count == 0;
	return error;
}

/* As many pages as a piece has; *whole: it was the last one. */
static int make_piece(struct export *export, struct buffer *out, bool *whole, struct err *err)
{
	int error = 0;

	while (error == 0 && !*whole && !is_full(out)) {
		struct arena arena;
		bool end = false;

		arena_init(&arena, SERVE_ARENA);
		error = export->tenants_done ? print_pipelines(export, out, &arena, &end, err)
			: print_tenants(export, out, &arena, &end, err);
		arena_fini(&arena);
		if (error != 0 || !end)
			continue;
		*whole = export->tenants_done;
		export->tenants_done = true;
		export->after[0] = '\0';
	}
	return error;
}

static int fill(void *owner, struct buffer *out)
{
	struct export *export = owner;
	bool whole = false;
	struct err err;
	int error = loop_now(export->serve->loop) < export->until_ns ? make_piece(export, out, &whole, &err)
		: err_set(&err, ERR_TIMEOUT, "the client has taken more than %d s", EXPORT_LIMIT_S);

	if (error == 0)
		return whole ? STREAM_DONE : 0;
	log_warn("an export was cut short: %s", err.message);
	return error;
}

int ops_export(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct export *export;
	unsigned count = 0;
	struct err err;
	int error;

	(void)request;
	for (export = serve->exports; export != NULL; export = export->next)
		count++;
	if (count >= EXPORTS_MAX)
		return answer_unavailable(answer, "export.busy", 5, "%d exports are under way: ask again.", EXPORTS_MAX);
	export = calloc(1, sizeof(*export));
	if (export == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for an export");
	*export = (struct export){ .serve = serve, .next = serve->exports,
		.until_ns = loop_now(serve->loop) + EXPORT_LIMIT_S * NS_PER_S };
	serve->exports = export;
	error = store_open_view(&export->view, serve->store, &err);
	if (error == 0)
		error = api_stream_new(&answer->stream, &err);
	if (error != 0) {
		export_free(export);
		return ops_failed(answer, error, &err);
	}
	answer->content_type = "application/yaml";
	api_stream_owner(answer->stream, closed, export);
	api_stream_source(answer->stream, fill);
	api_stream_text(answer->stream);
	return 0;
}
