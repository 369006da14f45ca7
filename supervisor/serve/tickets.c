#include "supervisor/serve/tickets.h"

#include <stdio.h>
#include <stdlib.h>

#include "supervisor/probe.h"

struct ticket *ticket_new(struct serve *serve, enum waiting waiting, const char *id, const struct api_request *request)
{
	struct ticket *ticket = calloc(1, sizeof(*ticket));

	if (ticket == NULL)
		return NULL;
	ticket->number = ++serve->last_ticket;
	ticket->waiting = waiting;
	ticket->caller = *request->caller;
	ticket->status = 200;
	ticket->discard = request->discard;
	snprintf(ticket->id, sizeof(ticket->id), "%s", id);
	snprintf(ticket->request_id, sizeof(ticket->request_id), "%s", request->id);
	snprintf(ticket->address, sizeof(ticket->address), "%s", request->address);
	ticket->next = serve->tickets;
	serve->tickets = ticket;
	return ticket;
}

int ticket_pending(const struct ticket *ticket, struct api_answer *answer)
{
	answer->ticket = ticket->number;
	return API_PENDING;
}

struct ticket *ticket_find(struct serve *serve, uint64_t number)
{
	struct ticket *ticket = serve->tickets;

	while (ticket != NULL && ticket->number != number)
		ticket = ticket->next;
	return ticket;
}

void ticket_free(struct serve *serve, struct ticket *ticket)
{
	for (struct ticket **link = &serve->tickets; *link != NULL; link = &(*link)->next) {
		if (*link != ticket)
			continue;
		*link = ticket->next;
		json_decref(ticket->members);
		probe_free(&ticket->probe);
		free(ticket);
		return;
	}
}
