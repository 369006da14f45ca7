#include "api/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/pointer.h"
#include "api/text.h"
#include "common/config/config.h"

enum { LABELS_MAX = 32, LABEL_KEY_MAX = 63, LABEL_VALUE_MAX = 255, NAMES_MAX = 16 };

static const char *check_text(const json_t *value, const struct field *field)
{
	if (!json_is_string(value))
		return "must be a text";
	if (strlen(json_string_value(value)) > (size_t)field->max)
		return "is too long";
	if (text_has_control(json_string_value(value), json_string_length(value)))
		return "must not have control characters";
	return NULL;
}

static const char *check_name(const json_t *value, const struct field *field)
{
	(void)field;
	if (!json_is_string(value) || !text_is_name(json_string_value(value), json_string_length(value)))
		return "must be 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -";
	return NULL;
}

static const char *check_bool(const json_t *value, const struct field *field)
{
	(void)field;
	return json_is_boolean(value) ? NULL : "must be true or false";
}

static const char *check_count(const json_t *value, const struct field *field)
{
	if (!json_is_integer(value))
		return "must be a whole number";
	if (json_integer_value(value) < 0)
		return "must not be negative";
	if (json_integer_value(value) < field->min)
		return "is too small";
	return json_integer_value(value) <= field->max ? NULL : "is too large";
}

static const char *check_duration(const json_t *value, const struct field *field)
{
	int64_t ms;

	if (!json_is_string(value) || !text_duration(json_string_value(value), field->max, &ms))
		return "must be a duration of at most a day, such as 10s";
	return NULL;
}

static const char *check_time(const json_t *value, const struct field *field)
{
	int64_t ms;

	(void)field;
	if (!json_is_string(value) || !text_time(json_string_value(value), &ms))
		return "must be a time such as 2030-01-31T00:00:00Z";
	return NULL;
}

static bool is_one_of(const json_t *value, const char *const *names)
{
	for (; json_is_string(value) && *names != NULL; names++) {
		if (strcmp(*names, json_string_value(value)) == 0)
			return true;
	}
	return false;
}

static const char *check_choice(const json_t *value, const struct field *field)
{
	return is_one_of(value, field->names) ? NULL : "is not one of the values that it may have";
}

static const char *check_choices(const json_t *value, const struct field *field)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value))
		return "must be a list";
	json_array_foreach(value, index, item) {
		if (!is_one_of(item, field->names))
			return "has a value that it may not have";
	}
	return json_array_size(value) <= NAMES_MAX ? NULL : "is too long";
}

static bool is_label_key(const char *key)
{
	size_t length = strlen(key);

	return length > 0 && length <= LABEL_KEY_MAX && key[strspn(key,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")] == '\0';
}

static const char *check_labels(const json_t *value, const struct field *field)
{
	const char *key;
	json_t *label;

	(void)field;
	if (!json_is_object(value))
		return "must be an object of texts";
	if (json_object_size(value) > LABELS_MAX)
		return "can have 32 labels at most";
	json_object_foreach((json_t *)value, key, label) {
		if (!is_label_key(key))
			return "has a key that is not 1 to 63 letters, digits, dots, slashes, underscores and hyphens";
		if (!json_is_string(label) || json_string_length(label) > LABEL_VALUE_MAX ||
			text_has_control(json_string_value(label), json_string_length(label)))
			return "has a value that is not a text of at most 255 bytes without control characters";
	}
	return NULL;
}

static const char *check_restarts(const json_t *value, const struct field *field)
{
	const char *text = json_string_value(value);
	uint64_t number;
	int64_t ms;

	(void)field;
	if (text == NULL || !text_rate(text, 1, 1000, FIELD_DURATION_MAX_MS, &number, &ms) || ms == 0)
		return "must be a number and a duration, such as 5/60s";
	return NULL;
}

static const char *check_object(const json_t *value, const struct field *field)
{
	(void)field;
	return json_is_object(value) ? NULL : "must be an object";
}

static const char *(*const checks[])(const json_t *value, const struct field *field) = {
	[FIELD_TEXT] = check_text, [FIELD_NAME] = check_name, [FIELD_BOOL] = check_bool, [FIELD_COUNT] = check_count,
	[FIELD_DURATION] = check_duration, [FIELD_TIME] = check_time, [FIELD_CHOICE] = check_choice,
	[FIELD_CHOICES] = check_choices, [FIELD_LABELS] = check_labels, [FIELD_RESTARTS] = check_restarts,
	[FIELD_OBJECT] = check_object,
};

static const struct field *find_field(const struct field *fields, const char *name)
{
	while (fields->name != NULL && strcmp(fields->name, name) != 0)
		fields++;
	return fields->name != NULL ? fields : NULL;
}

static const char *nearest_field(const char *name, const struct field *fields)
{
	const char *names[NAMES_MAX + 1];
	size_t count = 0;

	for (; fields->name != NULL && count < NAMES_MAX; fields++)
		names[count++] = fields->name;
	names[count] = NULL;
	return config_nearest(name, names);
}

static size_t report_unknown(const char *pointer, const char *name, const struct field *fields,
	struct api_answer *answer)
{
	struct api_error error = { .pointer = pointer, .code = "unknown_key", .suggestion = nearest_field(name, fields) };

	answer_error(answer, &error, "there is no such member here");
	return 1;
}

void fields_suggest(const struct field *fields, struct api_answer *answer)
{
	json_t *error;
	size_t i;

	json_array_foreach(answer->problem.errors, i, error) {
		const char *code = fields_text(error, "code"), *pointer = fields_text(error, "pointer"), *nearest;

		if (code == NULL || strcmp(code, "unknown_key") != 0 || pointer == NULL || pointer[0] != '/' ||
			json_object_get(error, "suggestion") != NULL)
			continue;
		nearest = nearest_field(pointer + 1, fields);
		if (nearest != NULL)
			json_object_set_new(error, "suggestion", json_string(nearest));
	}
}

/* ": one of a, b, c", ": 1 to 9"; "" where the words before say it. */
static void print_allowed(const struct field *field, const json_t *value, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	if (field->type == FIELD_COUNT && json_is_integer(value))
		snprintf(text, size, ": from %" PRId64 " to %" PRId64, field->min, field->max);
	for (const char *const *name = field->names; name != NULL && *name != NULL && used < size; name++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? ": one of " : ", ", *name);
}

static size_t report_wrong(const char *pointer, const json_t *value, const struct field *field, const char *wrong,
	struct api_answer *answer)
{
	struct api_error error = { .pointer = pointer, .code = "value" };
	char allowed[160];

	if (field->names != NULL && json_is_string(value))
		error.suggestion = config_nearest(json_string_value(value), field->names);
	print_allowed(field, value, allowed, sizeof(allowed));
	answer_error(answer, &error, "%s%s", wrong, allowed);
	return 1;
}

static size_t check_member(const char *pointer, const char *name, const json_t *value, const struct field *fields,
	struct api_answer *answer)
{
	const struct field *field = find_field(fields, name);
	const char *wrong;

	if (field == NULL)
		return report_unknown(pointer, name, fields, answer);
	if (json_is_null(value) && field->nullable)
		return 0;
	wrong = checks[field->type](value, field);
	if (wrong != NULL)
		return report_wrong(pointer, value, field, wrong, answer);
	if (field->type == FIELD_OBJECT && field->fields != NULL)
		return fields_check(value, pointer, field->fields, answer);
	return 0;
}

size_t fields_check(const json_t *object, const char *base, const struct field *fields, struct api_answer *answer)
{
	char pointer[POINTER_SIZE];
	const char *name;
	json_t *value;
	size_t errors = 0;

	json_object_foreach((json_t *)object, name, value) {
		pointer_append(base, name, pointer);
		errors += check_member(pointer, name, value, fields, answer);
	}
	for (const struct field *field = fields; field->name != NULL; field++) {
		struct api_error error = { .pointer = pointer, .code = "required" };

		if (!field->required || json_object_get(object, field->name) != NULL)
			continue;
		pointer_append(base, field->name, pointer);
		answer_error(answer, &error, "is missing");
		errors++;
	}
	return errors;
}

const char *fields_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const json_t *fields_object(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_object(value) ? value : NULL;
}

bool fields_bool(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

enum api_desired_state fields_desired_state(const json_t *object)
{
	const char *state = fields_text(object, "desired_state");

	if (state == NULL)
		return API_STATE_KEEP;
	return strcmp(state, "running") == 0 ? API_STATE_RUNNING : API_STATE_STOPPED;
}
