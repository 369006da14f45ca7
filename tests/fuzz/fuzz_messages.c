/* What a child says to the supervisor, any bytes (a worker handles what others wrote, and is not believed): conditions stay
 * within their bounds, are the same when they come again, and survive a handover as they are; so do gaps.
 *
 * Input: messages, each a byte that says which, a byte of length, and so many bytes. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "supervisor/conditions.h"
#include "supervisor/gap_list.h"
#include "supervisor/handover.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_condition(const struct condition *condition)
{
	char text[CONDITION_TEXT + 100];

	check(memchr(condition->type, '\0', sizeof(condition->type)) && memchr(condition->reason, '\0', sizeof(condition->reason)) &&
		memchr(condition->message, '\0', sizeof(condition->message)) &&
		memchr(condition->field, '\0', sizeof(condition->field)), "a text without an end");
	condition_describe(condition, text, sizeof(text));
	check(strlen(text) >= strlen(condition->message), "a message is cut off");
}

static void take(struct conditions *conditions, const char *payload, size_t length)
{
	const struct condition *changed = conditions_take(conditions, payload, length);

	check(conditions->count <= CONDITIONS_MAX, "too many");
	if (changed == NULL)
		return;
	check_condition(changed);
	check(text_is_utf8(changed->type, strlen(changed->type)) && text_is_utf8(changed->reason, strlen(changed->reason)) &&
		text_is_utf8(changed->message, strlen(changed->message)) &&
		text_is_utf8(changed->field, strlen(changed->field)), "a text that stands in no answer");
	check(conditions_find(conditions, changed->type) == changed, "is not found by its type");
	check(conditions_take(conditions, payload, length) == NULL, "is news twice");
}

static void check_handover(const struct conditions *conditions, const struct gap_list *gaps)
{
	static struct gap_list gaps_again;
	struct conditions again = { 0 };
	struct handover *handover;
	char *text;
	json_t *root;

	check(handover_new(&handover, NULL) == 0, "no memory");
	conditions_hand_over(conditions, handover, handover_root(handover));
	gap_list_hand_over(gaps, handover, handover_root(handover));
	text = json_dumps(handover_root(handover), 0);
	root = text != NULL ? json_loads(text, 0, NULL) : NULL;
	check(root != NULL, "what is handed over cannot be read");
	conditions_adopt(&again, root);
	gap_list_adopt(&gaps_again, root);
	check(again.count == conditions->count, "another number of conditions");
	for (size_t i = 0; i < again.count; i++) {
		check_condition(&again.items[i]);
		check(again.items[i].status == conditions->items[i].status && again.items[i].tries == conditions->items[i].tries,
			"another condition");
	}
	check(gap_list_count(&gaps_again) == gap_list_count(gaps), "another number of gaps");
	for (size_t i = 0; i < gap_list_count(gaps); i++)
		check(memcmp(gap_list_at(gaps, i), gap_list_at(&gaps_again, i), offsetof(struct ring_gap, reserved)) == 0,
			"another gap");
	json_decref(root);
	free(text);
	handover_free(&handover);
}

/* A document that was damaged on its way: whatever stands where a value is looked for. */
static void adopt(const char *payload, size_t length)
{
	static struct gap_list gaps;
	struct conditions conditions = { 0 };
	json_t *root = json_loadb(payload, length, 0, NULL);

	conditions_adopt(&conditions, root);
	check(conditions.count <= CONDITIONS_MAX, "too many");
	for (size_t i = 0; i < conditions.count; i++)
		check_condition(&conditions.items[i]);
	gap_list_adopt(&gaps, root);
	check(gap_list_count(&gaps) <= GAP_LIST_MAX, "too many gaps");
	for (size_t i = 0; i < gap_list_count(&gaps); i++)
		gap_list_at(&gaps, i);
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gap_list gaps;
	struct conditions conditions = { 0 };

	gaps.ever = 0;
	while (size >= 2) {
		size_t length = size - 2 < data[1] ? size - 2 : data[1];
		/* as it comes from a channel: a NUL behind its last byte */
		char *payload = calloc(1, length + 1);
		struct ring_gap gap = { 0 };

		memcpy(payload, data + 2, length);
		memcpy(&gap, payload, length < sizeof(gap) ? length : sizeof(gap));
		switch (data[0] % 4) {
		case 0:
			take(&conditions, payload, length);
			break;
		case 1:
			conditions_retry(&conditions, payload, length);
			break;
		case 2:
			gap_list_add(&gaps, &gap);
			break;
		default:
			adopt(payload, length);
		}
		free(payload);
		data += 2 + length;
		size -= 2 + length;
	}
	check_handover(&conditions, &gaps);
	return 0;
}
