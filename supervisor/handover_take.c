/* The values of what was handed over, as handover_put_*() of handover.c has put them. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/handover.h"

const char *handover_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void take_number(char *bytes, size_t size, json_int_t value)
{
	int32_t narrow = (int32_t)value;
	int64_t wide = value;

	memcpy(bytes, size == sizeof(narrow) ? (const void *)&narrow : (const void *)&wide, size);
}

void handover_take_fields(const json_t *object, const struct handover_field *fields, void *to)
{
	for (const struct handover_field *field = fields; field->name != NULL; field++) {
		const json_t *value = json_object_get(object, field->name);
		char *bytes = (char *)to + field->offset;

		if (field->kind == HANDOVER_TEXT && json_is_string(value))
			snprintf(bytes, field->size, "%s", json_string_value(value));
		else if (field->kind == HANDOVER_BOOL && json_is_boolean(value))
			*(bool *)bytes = json_is_true(value);
		else if (field->kind == HANDOVER_NUMBER && json_is_integer(value))
			take_number(bytes, field->size, json_integer_value(value));
	}
}

size_t handover_take_list(const json_t *object, const char *name, const struct handover_field *fields, void *items,
	size_t max, size_t size)
{
	const json_t *list = json_object_get(object, name);
	size_t count = json_array_size(list) < max ? json_array_size(list) : max;

	for (size_t i = 0; i < count; i++)
		handover_take_fields(json_array_get(list, i), fields, (char *)items + i * size);
	return count;
}

void handover_take_timer(const json_t *object, const char *name, struct loop *loop, struct loop_timer *timer)
{
	const json_t *due = json_object_get(object, name);

	if (json_is_integer(due))
		loop_timer_set(loop, timer, json_integer_value(due), NULL);
}
