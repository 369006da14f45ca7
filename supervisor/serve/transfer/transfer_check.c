/* One document: checked as a PUT of it would be, and what is to be stored of it kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pointer.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/transfer/transfer.h"

static char *copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

static void name_item(struct import_item *item, const struct transfer_document *document)
{
	item->kind = document->kind;
	snprintf(item->tenant, sizeof(item->tenant), "%s", document->tenant != NULL ? document->tenant : "");
	snprintf(item->name, sizeof(item->name), "%s", document->name != NULL ? document->name : "");
}

/* Nothing can be said of what has no name, or none that a store could have. */
static bool has_name(const struct import_item *item)
{
	return item->kind != TRANSFER_UNKNOWN && item->name[0] != '\0' &&
		(item->kind == TRANSFER_TENANT || item->tenant[0] != '\0');
}

/* A tenant or pipeline is there once. */
static void check_twice(struct import *import, const struct import_item *item, struct api_answer *found)
{
	char key[2 * API_NAME_SIZE];
	const json_t *other;

	if (!has_name(item)) {
		import->nameless = true;
		return;
	}
	snprintf(key, sizeof(key), "%s%s%s", item->tenant, item->kind == TRANSFER_PIPELINE ? "/" : "", item->name);
	other = json_object_get(import->names, key);
	if (other == NULL)
		json_object_set_new(import->names, key, json_integer(item->place.number));
	else
		answer_error(found, &(struct api_error){ .pointer = "/name", .code = "duplicate" },
			"document %lld is the same %s", (long long)json_integer_value(other),
			item->kind == TRANSFER_TENANT ? "tenant" : "pipeline");
}

/* ---- pipelines ---- */

/* What is missing is told with its place, or left to come later. */
static void take_missing(struct import *import, struct import_item *item, struct write *write)
{
	struct composed *composed = &write->composed;

	for (size_t i = 0; i < composed->missing_count; i++) {
		char pointer[POINTER_SIZE];

		pointer_of_path("/config", composed->missing[i], pointer);
		if (import->secrets_later) {
			item->missing = item->missing != NULL ? item->missing : json_array();
			json_array_append_new(item->missing, json_string(pointer));
		} else {
			answer_error(write->answer, &(struct api_error){ .pointer = pointer, .code = "secret.missing" },
				"{\"set\":true} keeps a stored value, and there is none: give it, or import with ?secrets=later");
		}
	}
	if (composed->missing_count == 0)
		return;
	if (!import->secrets_later)
		answer_refuse_too(write->answer, 422, "secret.missing", "A secret is missing: see errors.");
	composed_leave_missing(composed);
	write->wanted = write->wanted && !import->secrets_later;
}

static int keep_secrets(struct import_item *item, const struct composed *composed)
{
	for (size_t i = 0; i < composed->secret_count; i++) {
		const char *value = composed->secrets[i].value;

		item->secrets[item->secret_count++] = (struct store_secret){ composed->secrets[i].field, copy(value) };
		if (value != NULL && item->secrets[i].value == NULL)
			return ERR_NO_MEMORY;
	}
	return 0;
}

static int keep_pipeline(struct import_item *item, const struct transfer_document *document, struct write *write,
	struct err *err)
{
	const struct composed *composed = &write->composed;

	item->config = write_text(composed->shown);
	item->host_id = copy(composed_host_id(composed));
	item->auto_host_id = copy(document->auto_host_id);
	item->description = copy(document->pipeline.description);
	item->labels = copy(write->labels);
	item->limits = copy(write->limits);
	item->summary = copy(changes_end(&write->changes));
	if (keep_secrets(item, composed) != 0 || item->config == NULL ||
		(item->host_id == NULL && composed_host_id(composed) != NULL))
		return err_set(err, ERR_NO_MEMORY, "no memory for an import");
	if (demands_find(&item->demands, composed->config, item->tenant, err) != 0)
		return ERR_NO_MEMORY;
	return store_digest(composed->canonical != NULL ? composed->canonical : "", item->digest, err);
}

static void note_before(struct import_item *item, const struct write *write)
{
	item->known = write->known;
	item->wanted = write->wanted;
	item->was_running = write->known && write->before.running;
	snprintf(item->etag, sizeof(item->etag), "%s", write->known ? write->before.etag : "");
	snprintf(item->id, sizeof(item->id), "%s", write->known ? write->before.id : "");
}

static int check_pipeline(struct import *import, struct import_item *item, const struct transfer_document *document,
	struct api_answer *found)
{
	const struct api_request request = import_request(import, item);
	struct write write;
	struct err err;
	int error = 0;

	if (document->pipeline.config == NULL)
		return 0;
	write_init(&write, import->serve, &request, &document->pipeline, found);
	error = write_read(&write);
	if (error == 0)
		error = write_check_deletes(&write);
	if (error == 0)
		error = compose_input(&write.composed, import->serve, &document->pipeline, write.known ? &write.before : NULL,
			found);
	/* with mistakes, for what else is wrong */
	if (ops_goes_on(error) && write.composed.config != NULL) {
		take_missing(import, item, &write);
		write_describe(&write);
		error = keep_pipeline(item, document, &write, &err);
		if (error != 0)
			ops_failed(found, error, &err);
		item->moves = write_moves(&write);
	}
	note_before(item, &write);
	write_fini(&write);
	return error;
}

/* ---- tenants ---- */

static void keep_tenant(struct import_item *item, const struct transfer_document *document)
{
	item->display_name = copy(document->settings.display_name);
	item->limits = write_text(document->settings.limits);
}

/* ---- both ---- */

static int check(struct import *import, struct import_item *item, bool again)
{
	struct api_answer found = { 0 };
	struct transfer_document document;
	size_t errors = import->errors;

	transfer_read(&document, import->body.bytes, &item->place, &found);
	name_item(item, &document);
	if (!again)
		check_twice(import, item, &found);
	if (item->kind == TRANSFER_TENANT)
		keep_tenant(item, &document);
	else if (item->kind == TRANSFER_PIPELINE)
		check_pipeline(import, item, &document, &found);
	if (found.problem.status == 503) {
		/* none of the document's fault */
		answer_fini(&import->answer);
		import->answer = found;
		transfer_document_fini(&document);
		return ERR_AGAIN;
	}
	import_tell_document(import, &document, &found);
	transfer_document_fini(&document);
	item->valid = import->errors == errors;
	return 0;
}

int import_check(struct import *import, const struct transfer_place *place, struct import_item *item)
{
	item->place = *place;
	return check(import, item, false);
}

int import_check_again(struct import *import, struct import_item *item)
{
	const struct transfer_place place = item->place;

	import_item_fini(item);
	item->place = place;
	return check(import, item, true);
}
