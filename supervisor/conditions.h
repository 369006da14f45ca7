/* The conditions that a child reports: what is wrong with it, why, and which field to change. */
#ifndef SLUICE_SUPERVISOR_CONDITIONS_H
#define SLUICE_SUPERVISOR_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONDITIONS_MAX = 8, CONDITION_TEXT = 320 };

struct condition {
	int64_t since_ms;             /* wall clock: since when its status is this */
	char type[32];                /* "SubscriptionUp", "SinkReachable" … */
	bool status;
	char reason[48];              /* one word, stable */
	char message[CONDITION_TEXT];
	char field[96];               /* of the configuration, "" for none */
	/* while it is false, where the child tries again: */
	unsigned tries;               /* that failed in a row */
	int64_t next_ns;              /* CLOCK_BOOTTIME of the next one, past while it is under way; 0: not known */
};

struct conditions {
	struct condition items[CONDITIONS_MAX];
	size_t count;
};

/* Takes an IPC_CONDITION payload. Returns the condition when it changed what was known, else NULL (also for a payload
 * that is none). Borrowed until the next call. */
const struct condition *conditions_take(struct conditions *conditions, const char *payload, size_t length);
/* Takes an IPC_RETRY payload; one of a condition that is not false means nothing. */
void conditions_retry(struct conditions *conditions, const char *payload, size_t length);
/* The one of this type; NULL: it was never told. */
const struct condition *conditions_find(const struct conditions *conditions, const char *type);
/* The first that is false; NULL when all is well. */
const struct condition *conditions_problem(const struct conditions *conditions);
/* Forgets all: the child has been started anew. */
void conditions_clear(struct conditions *conditions);
/* To the next image of this process; "conditions" of the object. */
struct handover;
struct json_t;
void conditions_hand_over(const struct conditions *conditions, struct handover *handover, struct json_t *object);
void conditions_adopt(struct conditions *conditions, const struct json_t *object);
/* "message (field)" into text. */
void condition_describe(const struct condition *condition, char *text, size_t size);

#endif
