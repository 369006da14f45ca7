#include <stdio.h>
#include <string.h>

#include "fake.h"

static struct ticket *find(struct fake *fake, uint64_t number)
{
	for (size_t i = 0; i < TICKETS_MAX; i++) {
		if (fake->tickets[i].number == number)
			return &fake->tickets[i];
	}
	return NULL;
}

int fake_put_off(struct fake *fake, json_t *body, int status, struct api_answer *answer)
{
	struct ticket *ticket = find(fake, 0);

	if (ticket == NULL) {
		json_decref(body);
		return answer_unavailable(answer, "busy", 1, "Too much is pending.");
	}
	*ticket = (struct ticket){ .number = ++fake->last_number, .body = body, .status = -status };
	answer->ticket = ticket->number;
	if (fake->said != NULL)
		fake->said("pending %llu", (unsigned long long)ticket->number);
	return API_PENDING;
}

/* The status is negative until the operation has ended. */
void fake_finish(struct fake *fake)
{
	for (size_t i = 0; i < TICKETS_MAX; i++) {
		if (fake->tickets[i].status < 0)
			fake->tickets[i].status = -fake->tickets[i].status;
	}
}

static int poll_ticket(void *owner, uint64_t number, bool time_up, struct api_answer *answer)
{
	struct fake *fake = owner;
	struct ticket *ticket = find(fake, number);

	if (ticket->status < 0 && !time_up)
		return API_PENDING;
	answer->status = ticket->status < 0 ? 202 : ticket->status;
	answer->body = ticket->body;
	*ticket = (struct ticket){ 0 };
	return 0;
}

static void cancel(void *owner, uint64_t number)
{
	struct fake *fake = owner;
	struct ticket *ticket = find(fake, number);

	json_decref(ticket->body);
	*ticket = (struct ticket){ 0 };
	if (fake->said != NULL)
		fake->said("cancelled %llu", (unsigned long long)number);
}

void fake_pending_ops(struct api_ops *ops)
{
	ops->poll = poll_ticket;
	ops->cancel = cancel;
}
