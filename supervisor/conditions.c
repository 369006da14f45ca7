#include "supervisor/conditions.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "common/clock.h"
#include "common/json_parse.h"
#include "supervisor/handover.h"

const struct condition *conditions_find(const struct conditions *conditions, const char *type)
{
	for (size_t i = 0; i < conditions->count; i++) {
		if (strcmp(conditions->items[i].type, type) == 0)
			return &conditions->items[i];
	}
	return NULL;
}

/* As much as there is room for. What is cut inside a character would stand in no answer. */
static void put_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
	text_make_utf8(to);
}

/* NULL: there is no room for it. A type that is too long is none, and would be found by nobody. */
static struct condition *find_or_add(struct conditions *conditions, const char *type)
{
	const struct condition *found = conditions_find(conditions, type);
	struct condition *condition;

	if (found != NULL)
		return &conditions->items[found - conditions->items];
	if (conditions->count == CONDITIONS_MAX || strlen(type) >= sizeof(condition->type))
		return NULL;
	condition = &conditions->items[conditions->count++];
	*condition = (struct condition){ .status = true };
	snprintf(condition->type, sizeof(condition->type), "%s", type);
	return condition;
}

const struct condition *conditions_take(struct conditions *conditions, const char *payload, size_t length)
{
	const char *type = "", *reason = "", *message = "", *field = "";
	struct condition *condition = NULL;
	struct condition old;
	int status = 0;
	json_t *object = json_parse(payload, length, 0, NULL);

	if (object != NULL && json_unpack(object, "{ss sb s?s s?s s?s}", "type", &type, "status", &status, "reason",
		&reason, "message", &message, "field", &field) == 0)
		condition = find_or_add(conditions, type);
	if (condition != NULL) {
		old = *condition;
		if (old.since_ms == 0 || old.status != (status != 0))
			condition->since_ms = clock_wall_ms();
		condition->status = status;
		if (status) {
			condition->tries = 0;
			condition->next_ns = 0;
		}
		put_text(condition->reason, sizeof(condition->reason), reason);
		put_text(condition->message, sizeof(condition->message), message);
		put_text(condition->field, sizeof(condition->field), field);
		if (old.status == condition->status && strcmp(old.reason, condition->reason) == 0 &&
			strcmp(old.message, condition->message) == 0)
			condition = NULL;
	}
	json_decref(object);
	return condition;
}

void conditions_retry(struct conditions *conditions, const char *payload, size_t length)
{
	json_t *object = json_parse(payload, length, 0, NULL);
	json_int_t tries = 0, next_ns = 0;
	const struct condition *found;
	struct condition *condition;
	const char *type = "";

	if (object != NULL && json_unpack(object, "{ss sI sI}", "type", &type, "tries", &tries, "next_ns", &next_ns) == 0 &&
		(found = conditions_find(conditions, type)) != NULL && !found->status && tries >= 0 && tries <= UINT_MAX) {
		condition = &conditions->items[found - conditions->items];
		condition->tries = (unsigned)tries;
		condition->next_ns = next_ns;
	}
	json_decref(object);
}

const struct condition *conditions_problem(const struct conditions *conditions)
{
	for (size_t i = 0; i < conditions->count; i++) {
		if (!conditions->items[i].status)
			return &conditions->items[i];
	}
	return NULL;
}

void conditions_clear(struct conditions *conditions)
{
	conditions->count = 0;
}

void condition_describe(const struct condition *condition, char *text, size_t size)
{
	bool named = condition->field[0] == '\0' || strstr(condition->message, condition->field) != NULL;

	snprintf(text, size, "%s%s%s%s", condition->message, named ? "" : " (", named ? "" : condition->field,
		named ? "" : ")");
}

static const struct handover_field fields[] = {
	HANDOVER_ROW(struct condition, HANDOVER_NUMBER, since_ms),
	HANDOVER_ROW(struct condition, HANDOVER_TEXT, type),
	HANDOVER_ROW(struct condition, HANDOVER_BOOL, status),
	HANDOVER_ROW(struct condition, HANDOVER_TEXT, reason),
	HANDOVER_ROW(struct condition, HANDOVER_TEXT, message),
	HANDOVER_ROW(struct condition, HANDOVER_TEXT, field),
	HANDOVER_ROW(struct condition, HANDOVER_NUMBER, tries),
	HANDOVER_ROW(struct condition, HANDOVER_NUMBER, next_ns),
	{ 0 },
};

void conditions_hand_over(const struct conditions *conditions, struct handover *handover, json_t *object)
{
	handover_put_list(handover, object, "conditions", fields, conditions->items, conditions->count,
		sizeof(*conditions->items));
}

void conditions_adopt(struct conditions *conditions, const json_t *object)
{
	conditions->count = handover_take_list(object, "conditions", fields, conditions->items, CONDITIONS_MAX,
		sizeof(*conditions->items));
}
