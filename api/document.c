#include "api/document.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/pointer.h"
#include "common/config/config.h"
#include "common/config/json_text.h"
#include "common/config/yaml.h"
#include "common/json_parse.h"

/* two bytes of text ("a,") can make one node of 150 */
enum { ARENA_MAX = 32 * 1024 * 1024 };

static const char *const json_types[] = { "application/json", NULL };
static const char *const patch_types[] = { "application/merge-patch+json", NULL };
static const char *const yaml_types[] = { "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", NULL };

static bool type_is(const char *type, size_t length, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strlen(*names) == length && strncasecmp(*names, type, length) == 0)
			return true;
	}
	return false;
}

/* Parameters may only say that it is UTF-8. */
static bool charset_is_utf8(const char *parameters)
{
	static const char *const accepted[] = { "charset=utf-8", "charset=\"utf-8\"", NULL };
	size_t length = strlen(parameters);

	while (length > 0 && strchr("; \t", parameters[0]) != NULL) {
		parameters++;
		length--;
	}
	while (length > 0 && strchr("; \t", parameters[length - 1]) != NULL)
		length--;
	return length == 0 || type_is(parameters, length, accepted);
}

enum document_form document_form_of(const char *content_type, bool patch)
{
	size_t length;

	if (content_type == NULL || content_type[0] == '\0')
		return DOCUMENT_NONE;
	length = strcspn(content_type, "; \t");
	if (!charset_is_utf8(content_type + length))
		return DOCUMENT_UNKNOWN;
	if (type_is(content_type, length, json_types) || (patch && type_is(content_type, length, patch_types)))
		return DOCUMENT_JSON;
	return type_is(content_type, length, yaml_types) ? DOCUMENT_YAML : DOCUMENT_UNKNOWN;
}

/* ---- JSON ---- */

/* jansson would go down 2048 levels. Brackets in strings do not count. */
static bool is_too_deep(const char *text, size_t length)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		if (quoted) {
			quoted = text[i] != '"';
			i += text[i] == '\\';
		} else if (text[i] == '"') {
			quoted = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > DOCUMENT_DEPTH_MAX)
				return true;
		} else if (depth > 0 && (text[i] == '}' || text[i] == ']')) {
			depth--;
		}
	}
	return false;
}

static int no_memory(struct api_answer *answer)
{
	return answer_unavailable(answer, "memory", 1, "There is no memory for the body.");
}

/* What it says near what would repeat a piece of the body, a secret perhaps. */
static int refuse_json(struct api_answer *answer, const json_error_t *wrong)
{
	bool duplicate = json_error_code(wrong) == json_error_duplicate_key;
	struct api_error error = { .pointer = "", .code = duplicate ? "duplicate_key" : "syntax",
		.line = wrong->line > 0 ? (unsigned)wrong->line : 1, .column = wrong->column > 0 ? (unsigned)wrong->column : 1 };
	size_t length = strlen(wrong->text);
	const char *near = strstr(wrong->text, " near '");

	if (near != NULL)
		length = (size_t)(near - wrong->text);
	answer_error(answer, &error, "%.*s", (int)length, wrong->text);
	return answer_refuse(answer, 400, "body.syntax", "The body is not valid JSON: see errors.");
}

static int read_json(struct document *document, struct api_answer *answer)
{
	struct api_error deep = { .pointer = "", .code = "limit" };
	json_error_t wrong;

	if (is_too_deep(document->text, document->length)) {
		answer_error(answer, &deep, "nested deeper than %d levels", DOCUMENT_DEPTH_MAX);
		return answer_refuse(answer, 400, "body.syntax", "The body is nested too deeply.");
	}
	document->json = json_parse(document->text, document->length, JSON_REJECT_DUPLICATES, &wrong);
	if (document->json != NULL)
		return 0;
	return json_error_code(&wrong) == json_error_out_of_memory ? no_memory(answer) : refuse_json(answer, &wrong);
}

/* ---- YAML ---- */

/* False without memory. */
static bool build_tree(struct document *document, struct problems *problems)
{
	char *copy = arena_strndup(&document->arena, document->text, document->length);
	bool whole;

	if (copy == NULL)
		return false;
	if (document->form == DOCUMENT_JSON)
		json_text_prepare(copy, document->length);
	document->tree = yaml_read(copy, document->length, problems, &whole);
	return !problems->no_memory;
}

static bool has_nul(const struct node *node, const struct node **where)
{
	if ((node->text != NULL && memchr(node->text, '\0', node->length) != NULL) ||
		(node->key != NULL && memchr(node->key, '\0', node->key_length) != NULL)) {
		*where = node;
		return true;
	}
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		if (has_nul(child, where))
			return true;
	}
	return false;
}

static int refuse_yaml(struct api_answer *answer, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct config_problem *problem = &problems->items[i];
		char pointer[POINTER_SIZE];
		struct api_error error = { .pointer = pointer, .code = problem->code, .suggestion = problem->suggestion,
			.line = problem->line, .column = problem->column };

		pointer_of_path("", problem->path, pointer);
		answer_error(answer, &error, "%s", problem->message);
	}
	return answer_refuse(answer, 400, "body.syntax", "The body is not valid YAML: see errors.");
}

static int read_yaml(struct document *document, struct api_answer *answer)
{
	const struct node *nul = NULL;
	struct problems problems;

	problems_init(&problems, &document->arena);
	problems.lines_before = document->lines_before;
	if (!build_tree(document, &problems))
		return no_memory(answer);
	if (document->tree != NULL && has_nul(document->tree, &nul))
		problem_at(&problems, nul, "syntax", NULL, "a text cannot hold a NUL");
	problems_sort(&problems);
	if (problems.count > 0)
		return refuse_yaml(answer, &problems);
	document->json = document->tree != NULL ? document_tree_json(document->tree) : json_object();
	return document->json != NULL ? 0 : no_memory(answer);
}

static int read_document(struct document *document, struct api_answer *answer)
{
	int error;

	arena_init(&document->arena, ARENA_MAX);
	error = document->form == DOCUMENT_JSON ? read_json(document, answer) : read_yaml(document, answer);
	if (error != 0)
		return error;
	if (!json_is_object(document->json))
		return answer_refuse(answer, 422, "body.type", "The body must be an object.");
	return 0;
}

int document_read(struct document *document, const char *text, size_t length, enum document_form form,
	struct api_answer *answer)
{
	*document = (struct document){ .text = text, .length = length, .form = form };
	return read_document(document, answer);
}

int document_read_part(struct document *document, const char *text, size_t length, unsigned lines_before,
	struct api_answer *answer)
{
	*document = (struct document){ .text = text, .length = length, .form = DOCUMENT_YAML, .lines_before = lines_before };
	return read_document(document, answer);
}

void document_fini(struct document *document)
{
	json_decref(document->json);
	arena_fini(&document->arena);
	*document = (struct document){ 0 };
}

/* ---- positions ---- */

static bool is_about_key(const char *code)
{
	return code != NULL && (strcmp(code, "unknown_key") == 0 || strcmp(code, "ignored") == 0);
}

static void locate_error(const struct node *tree, json_t *error, bool exact)
{
	const char *pointer = json_string_value(json_object_get(error, "pointer"));
	const struct node *node;
	bool found, key;

	if (json_object_get(error, "line") != NULL || pointer == NULL || (pointer[0] != '/' && pointer[0] != '\0'))
		return;
	node = pointer_find(tree, pointer, &found);
	if (node == NULL || (exact && !found))
		return;
	/* what is missing is told at the section where it is missing */
	key = node->key != NULL && (!found || is_about_key(json_string_value(json_object_get(error, "code"))));
	json_object_set_new(error, "line", json_integer(key ? node->key_line : node->line));
	json_object_set_new(error, "column", json_integer(key ? node->key_column : node->column));
}

void document_locate(struct document *document, struct api_problem *problem, bool exact)
{
	json_t *lists[] = { problem->errors, problem->warnings };
	struct problems problems;
	json_t *error;
	size_t index;

	if (document->text == NULL || (lists[0] == NULL && lists[1] == NULL))
		return;
	problems_init(&problems, &document->arena);
	if (document->tree == NULL)
		build_tree(document, &problems);
	for (size_t i = 0; i < 2; i++) {
		json_array_foreach(lists[i], index, error)
			locate_error(document->tree, error, exact);
	}
}
