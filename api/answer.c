#include "api/api_ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pointer.h"
#include "api/stream_private.h"
#include "common/config/config.h"
#include "common/err.h"

static void drop_body(struct api_answer *answer)
{
	json_decref(answer->body);
	free(answer->text);
	stream_drop(answer->stream);
	answer->stream = NULL;
	answer->body = NULL;
	answer->text = NULL;
	answer->text_length = 0;
	answer->etag[0] = '\0';
	answer->next[0] = '\0';
}

void answer_fini(struct api_answer *answer)
{
	drop_body(answer);
	json_decref(answer->problem.errors);
	json_decref(answer->problem.warnings);
	json_decref(answer->problem.members);
	*answer = (struct api_answer){ 0 };
}

static int refuse(struct api_answer *answer, int status, const char *code, const char *detail, va_list args)
{
	struct api_problem *problem = &answer->problem;

	drop_body(answer);
	answer->status = 0;
	problem->status = status;
	problem->code = code;
	problem->retry_after = 0;
	vsnprintf(problem->detail, sizeof(problem->detail), detail, args);
	return ERR_INVALID;
}

int answer_refuse(struct api_answer *answer, int status, const char *code, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	refuse(answer, status, code, detail, args);
	va_end(args);
	return ERR_INVALID;
}

int answer_refuse_too(struct api_answer *answer, int status, const char *code, const char *detail, ...)
{
	va_list args;

	if (answer->problem.status != 0)
		return ERR_INVALID;
	va_start(args, detail);
	refuse(answer, status, code, detail, args);
	va_end(args);
	return ERR_INVALID;
}

int answer_unavailable(struct api_answer *answer, const char *code, unsigned retry_after_s, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	refuse(answer, 503, code, detail, args);
	va_end(args);
	answer->problem.retry_after = retry_after_s;
	return ERR_AGAIN;
}

/* Nothing of what was found may show: neither that it is there nor what is wrong with the request for it. */
int answer_not_found(struct api_answer *answer)
{
	answer_fini(answer);
	answer_refuse(answer, 404, "not_found", "There is nothing of that name, or you may not see it.");
	return ERR_NOT_FOUND;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text);

	/* cut within a character by a fixed size, perhaps */
	json_object_set_new(object, key, value != NULL ? value : json_string("?"));
}

static void add(json_t **list, const struct api_error *error, const char *detail, va_list args)
{
	char text[API_DETAIL_SIZE];
	json_t *object;

	if (*list == NULL)
		*list = json_array();
	/* a body of nothing but mistakes makes no answer that is many times as long */
	if (json_array_size(*list) == ANSWER_ERRORS_MAX)
		return;
	object = json_object();
	vsnprintf(text, sizeof(text), detail, args);
	set_text(object, "pointer", error->pointer);
	set_text(object, "code", error->code);
	set_text(object, "detail", text);
	if (error->suggestion != NULL && error->suggestion[0] != '\0')
		set_text(object, "suggestion", error->suggestion);
	if (error->line > 0) {
		json_object_set_new(object, "line", json_integer(error->line));
		json_object_set_new(object, "column", json_integer(error->column));
	}
	json_array_append_new(*list, object);
}

void answer_error(struct api_answer *answer, const struct api_error *error, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	add(&answer->problem.errors, error, detail, args);
	va_end(args);
}

void answer_warning(struct api_answer *answer, const struct api_error *error, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	add(&answer->problem.warnings, error, detail, args);
	va_end(args);
}

size_t answer_config(struct api_answer *answer, const struct config *config, const char *base)
{
	size_t errors = 0;

	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);
		char pointer[POINTER_SIZE];
		struct api_error error = { .pointer = pointer, .code = problem->code, .suggestion = problem->suggestion };

		pointer_of_path(base, problem->path, pointer);
		if (problem->severity == CONFIG_ERROR) {
			answer_error(answer, &error, "%s", problem->message);
			errors++;
		} else {
			answer_warning(answer, &error, "%s", problem->message);
		}
	}
	return errors;
}

json_t *answer_take_warnings(struct api_answer *answer)
{
	json_t *warnings = answer->problem.warnings;

	answer->problem.warnings = NULL;
	return warnings != NULL ? warnings : json_array();
}

bool api_match_holds(const struct api_match *match, const char *etag)
{
	if (!match->given)
		return true;
	if (etag == NULL)
		return false;
	for (size_t i = 0; i < match->count; i++) {
		if (strcmp(match->tags[i], etag) == 0)
			return true;
	}
	return match->any;
}
