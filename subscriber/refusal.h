/* Why there is no subscription, told apart and put into words: what a person reads, what is to be changed, what kind of
 * gap it makes, and whether trying again soon can help. The URL is not repeated: a line of the log begins with it. */
#ifndef SLUICE_SUBSCRIBER_REFUSAL_H
#define SLUICE_SUBSCRIBER_REFUSAL_H

#include <stdbool.h>

#include "common/err.h"
#include "subscriber/session.h"

enum { REFUSAL_MESSAGE_SIZE = 1024 };

struct refusal {
	const char *reason;           /* one word in CamelCase */
	const char *field;            /* of the configuration; "" for none */
	unsigned gap;                 /* enum ring_gap_reason */
	bool slow;                    /* only a person can mend it: try again once a minute */
	char message[REFUSAL_MESSAGE_SIZE];
};

/* An answer to the upgrade request other than 101. */
void refusal_of_answer(struct refusal *refusal, const struct handshake_answer *answer,
	const struct session_config *config);
/* A connection that could not be made (TCP or TLS), ended before the answer, or an answer that was none. */
void refusal_of_error(struct refusal *refusal, const struct err *err, const struct session_config *config);
/* No answer to the upgrade request within `seconds`. */
void refusal_of_silence(struct refusal *refusal, int seconds, const struct session_config *config);
/* 101, and a close frame at once. */
void refusal_of_close(struct refusal *refusal, unsigned code);

#endif
