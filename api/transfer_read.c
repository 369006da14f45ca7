#include <string.h>

#include "api/fields.h"
#include "api/text.h"
#include "api/transfer.h"
#include "common/config/config.h"
#include "common/config/yaml_text.h"

enum { DOCUMENT_ERRORS_MAX = 50 };    /* shown of one document */

void transfer_reader_init(struct transfer_reader *reader, const char *text, size_t length)
{
	*reader = (struct transfer_reader){ .text = text, .length = length, .line = 1 };
}

/* Lines that end in a document. One that is too large is not read, and not worth more than its line feeds. */
static unsigned count_lines(const char *text, size_t length)
{
	const char *end = text + length;
	unsigned line = 1, column;

	if (length <= TRANSFER_DOCUMENT_MAX) {
		yaml_position(text, length, &line, &column);
		return line - 1;
	}
	for (line = 0; text < end && (text = memchr(text, '\n', (size_t)(end - text))) != NULL; text++)
		line++;
	return line;
}

bool transfer_too_many(const struct transfer_reader *reader)
{
	return reader->parts == TRANSFER_DOCUMENTS_MAX && reader->offset < reader->length;
}

bool transfer_next(struct transfer_reader *reader, struct transfer_place *place)
{
	while (reader->offset < reader->length && reader->parts < TRANSFER_DOCUMENTS_MAX) {
		const char *text = reader->text + reader->offset;
		size_t length = yaml_document_length(text, reader->length - reader->offset);

		*place = (struct transfer_place){ reader->number + 1, reader->offset, length, reader->line };
		reader->parts++;
		reader->offset += length;
		reader->line += count_lines(text, length);
		if (length <= TRANSFER_DOCUMENT_MAX && yaml_document_empty(text, length))
			continue;
		reader->number++;
		return true;
	}
	return false;
}

/* ---- one document ---- */

static const char *name_of(const json_t *json, const char *member)
{
	const char *name = fields_text(json, member);

	return name != NULL && text_is_name(name, strlen(name)) ? name : NULL;
}

static size_t check_kind(struct transfer_document *document, const json_t *json, struct api_answer *found)
{
	static const char *const names[] = { "tenant", "pipeline", NULL };
	const json_t *kind = json_object_get(json, "kind");
	const char *text = json_string_value(kind);
	struct api_error error = { .pointer = "/kind", .code = kind != NULL ? "value" : "required" };

	for (int i = 0; text != NULL && names[i] != NULL; i++) {
		if (strcmp(names[i], text) == 0)
			document->kind = TRANSFER_TENANT + i;
	}
	if (document->kind != TRANSFER_UNKNOWN)
		return 0;
	error.suggestion = text != NULL ? config_nearest(text, names) : NULL;
	answer_error(found, &error, kind != NULL ? "must be tenant or pipeline" : "is missing: tenant or pipeline");
	return 1;
}

/* What `auto` comes to: TENANT-NAME, or that with a number behind it. */
static bool is_auto_host_id(const struct transfer_document *document)
{
	const char *const parts[] = { document->tenant, "-", document->name };
	const char *rest = document->auto_host_id;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strlen(parts[i]);

		if (strncmp(rest, parts[i], length) != 0)
			return false;
		rest += length;
	}
	return rest[0] == '\0' || (rest[0] == '-' && rest[1] != '\0' && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

/* What is wrong is no wish. */
static size_t check_auto(struct transfer_document *document, struct api_answer *found)
{
	const char *host_id = fields_text(document->pipeline.config, "host_id");
	const char *wrong = NULL;

	if (document->auto_host_id == NULL || document->tenant == NULL || document->name == NULL)
		return 0;
	if (host_id == NULL || strcmp(host_id, "auto") != 0)
		wrong = "is for a configuration whose host_id is auto";
	else if (!is_auto_host_id(document))
		wrong = "must be TENANT-NAME, or that with a number behind it; without it a free one is found";
	if (wrong == NULL)
		return 0;
	answer_error(found, &(struct api_error){ .pointer = "/auto_host_id", .code = "value" }, "%s", wrong);
	document->auto_host_id = NULL;
	return 1;
}

static void take_pipeline(struct transfer_document *document, const json_t *json)
{
	document->tenant = name_of(json, "tenant");
	document->auto_host_id = fields_text(json, "auto_host_id");
	document->pipeline = (struct api_pipeline_input){ .config = fields_object(json, "config"),
		.config_pointer = "/config", .desired_state = fields_desired_state(json),
		.description = fields_text(json, "description"), .labels = fields_object(json, "labels"),
		.limits = fields_object(json, "limits") };
}

static int take(struct transfer_document *document, const json_t *json, struct api_answer *found)
{
	size_t errors = check_kind(document, json, found);

	if (errors == 0)
		errors = fields_check(json, "", document->kind == TRANSFER_TENANT ? tenant_document_fields
			: pipeline_document_fields, found);
	document->name = name_of(json, "name");
	if (document->kind == TRANSFER_TENANT)
		document->settings = (struct api_tenant_input){ fields_text(json, "display_name"), fields_object(json, "limits") };
	else if (document->kind == TRANSFER_PIPELINE)
		take_pipeline(document, json);
	errors += check_auto(document, found);
	if (errors > 0)
		return answer_refuse(found, 422, "body.invalid", "The document is not valid: see errors.");
	return 0;
}

int transfer_read(struct transfer_document *document, const char *body, const struct transfer_place *place,
	struct api_answer *found)
{
	int error;

	*document = (struct transfer_document){ .place = *place };
	if (place->length > TRANSFER_DOCUMENT_MAX) {
		answer_error(found, &(struct api_error){ .pointer = "", .code = "limit" }, "a document can have %d KB",
			TRANSFER_DOCUMENT_MAX / 1024);
		return answer_refuse(found, 422, "body.invalid", "The document is too large.");
	}
	error = document_read_part(&document->document, body + place->offset, place->length, place->line - 1, found);
	return error == 0 ? take(document, document->document.json, found) : error;
}

void transfer_document_fini(struct transfer_document *document)
{
	document_fini(&document->document);
	*document = (struct transfer_document){ 0 };
}

/* ---- what is wrong ---- */

static void place_error(const struct transfer_place *place, json_t *error)
{
	if (json_object_get(error, "line") == NULL) {
		json_object_set_new(error, "line", json_integer((json_int_t)place->line));
		json_object_set_new(error, "column", json_integer(1));
	}
	json_object_set_new(error, "document", json_integer((json_int_t)place->number));
}

static void move(const struct transfer_place *place, json_t *from, json_t **to)
{
	json_t *error;
	size_t index;

	if (*to == NULL && json_array_size(from) > 0)
		*to = json_array();
	json_array_foreach(from, index, error) {
		/* one document of nothing but mistakes shall not hide the others' */
		if (index == DOCUMENT_ERRORS_MAX || json_array_size(*to) == ANSWER_ERRORS_MAX)
			break;
		place_error(place, error);
		json_array_append(*to, error);
	}
}

size_t transfer_tell(struct transfer_document *document, struct api_answer *found, struct api_answer *all)
{
	struct api_problem *problem = &found->problem;
	size_t errors;

	if (problem->status != 0 && json_array_size(problem->errors) == 0)
		answer_error(found, &(struct api_error){ .pointer = "", .code = problem->code }, "%s", problem->detail);
	document_locate(&document->document, problem, false);
	move(&document->place, problem->errors, &all->problem.errors);
	move(&document->place, problem->warnings, &all->problem.warnings);
	errors = json_array_size(problem->errors);
	answer_fini(found);
	return errors;
}
