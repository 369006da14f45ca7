/* What an import answers. */
#include <stdlib.h>
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/transfer/transfer.h"

/* ---- what is wrong ---- */

/* Malformed before not valid before in conflict with what is there: that of the whole is the most basic. */
static void note_status(struct import *import, const struct api_problem *problem)
{
	int status = problem->status != 0 ? problem->status : 422;

	if (import->status == 0 && status == 409)
		import->code = problem->code;
	if (import->status == 0 || import->status == 409 || status == 400)
		import->status = status;
}

static bool is_wrong(const struct api_answer *found)
{
	return found->problem.status != 0 || json_array_size(found->problem.errors) > 0;
}

void import_tell_document(struct import *import, struct transfer_document *document, struct api_answer *found)
{
	if (is_wrong(found)) {
		note_status(import, &found->problem);
		import->wrong++;
	}
	import->errors += transfer_tell(document, found, &import->answer);
}

/* There is no document that it could be told of. */
static void tell_alone(struct import *import, struct api_answer *found)
{
	json_t *error;
	size_t index;

	note_status(import, &found->problem);
	if (import->answer.problem.errors == NULL)
		import->answer.problem.errors = json_array();
	json_array_foreach(found->problem.errors, index, error) {
		if (json_array_size(import->answer.problem.errors) < ANSWER_ERRORS_MAX)
			json_array_append(import->answer.problem.errors, error);
		import->errors++;
	}
	answer_fini(found);
}

void import_tell(struct import *import, const struct import_item *item, struct api_answer *found)
{
	struct transfer_document document;
	struct api_answer ignored = { 0 };

	if (!is_wrong(found))
		return;
	if (item->place.number == 0) {
		tell_alone(import, found);
		return;
	}
	transfer_read(&document, import->body.bytes, &item->place, &ignored);
	import_tell_document(import, &document, found);
	transfer_document_fini(&document);
	answer_fini(&ignored);
}

static int compare_lines(const void *left, const void *right)
{
	json_int_t one = json_integer_value(json_object_get(*(json_t *const *)left, "line"));
	json_int_t other = json_integer_value(json_object_get(*(json_t *const *)right, "line"));

	return (one > other) - (one < other);
}

/* By line: they were found in several rounds. */
static void sort_errors(struct api_problem *problem)
{
	size_t count = json_array_size(problem->errors);
	json_t **list = calloc(count > 0 ? count : 1, sizeof(json_t *));
	json_t *sorted = json_array();

	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = json_array_get(problem->errors, i);
	if (list != NULL)
		qsort(list, count, sizeof(json_t *), compare_lines);
	for (size_t i = 0; list != NULL && i < count; i++)
		json_array_append(sorted, list[i]);
	if (json_array_size(sorted) == count) {
		json_decref(problem->errors);
		problem->errors = sorted;
	} else {
		json_decref(sorted);
	}
	free(list);
}

int import_refuse(struct import *import)
{
	const char *more = import->errors > json_array_size(import->answer.problem.errors) ? " Not all are shown." : "";
	bool conflict = import->status == 409 && import->code != NULL;

	sort_errors(&import->answer.problem);
	return answer_refuse(&import->answer, import->status != 0 ? import->status : 422,
		conflict ? import->code : "import.invalid", "%zu error%s in %zu document%s; nothing was changed: see errors.%s",
		import->errors, import->errors == 1 ? "" : "s", import->items.count, import->items.count == 1 ? "" : "s", more);
}

/* ---- what was done ---- */

static const char *outcome_name(const struct import_item *item)
{
	if (item->place.number == 0)
		return "delete";
	return item->outcome == STORE_CREATED ? "create" : item->outcome == STORE_CHANGED ? "change" : "none";
}

static json_t *item_json(const struct import_item *item)
{
	static const char *const actions[] = { "none", "start", "restart", "stop" };
	bool pipeline = item->kind == TRANSFER_PIPELINE;
	json_t *json = json_object();

	if (item->place.number != 0)
		json_object_set_new(json, "document", json_integer((json_int_t)item->place.number));
	json_object_set_new(json, "kind", json_string(pipeline ? "pipeline" : "tenant"));
	if (pipeline)
		json_object_set_new(json, "tenant", json_string(item->tenant));
	json_object_set_new(json, "name", json_string(item->name));
	json_object_set_new(json, "outcome", json_string(outcome_name(item)));
	if (pipeline && item->place.number != 0)
		json_object_set_new(json, "action", json_string(actions[item->action]));
	if (item->missing != NULL)
		json_object_set(json, "secrets_missing", item->missing);
	if (item->discarded != NULL)
		json_object_set(json, "discarded", json_object_get(item->discarded, "discarded"));
	return json;
}

static void add_items(const struct import_items *items, json_t *list, json_t *counts)
{
	for (size_t i = 0; i < items->count; i++) {
		const char *outcome = outcome_name(&items->list[i]);
		json_int_t count = json_integer_value(json_object_get(counts, outcome));

		json_object_set_new(counts, outcome, json_integer(count + 1));
		json_array_append_new(list, item_json(&items->list[i]));
	}
}

int import_answer(struct import *import)
{
	json_t *list = json_array(), *counts = json_pack("{si si si si}", "create", 0, "change", 0, "none", 0, "delete", 0);

	add_items(&import->items, list, counts);
	add_items(&import->gone, list, counts);
	import->answer.body = json_pack("{sb so so so}", "dry_run", (int)import->dry_run, "counts", counts, "items", list,
		"warnings", answer_take_warnings(&import->answer));
	return import->answer.body != NULL ? 0 : answer_unavailable(&import->answer, "memory", 1, "no memory for an answer");
}
