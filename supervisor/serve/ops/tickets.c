#include "supervisor/serve/ops/tickets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		json_decref(ticket->ids);
		probe_free(&ticket->probe);
		free(ticket);
		return;
	}
}

static bool deletes(const struct ticket *ticket, const char *id)
{
	return ticket->waiting == WAIT_DELETED && strcmp(ticket->id, id) == 0;
}

unsigned tickets_deletes(const struct serve *serve, const char *id)
{
	unsigned count = 0;

	for (const struct ticket *ticket = serve->tickets; ticket != NULL; ticket = ticket->next)
		count += deletes(ticket, id) && !ticket->overtaken;
	return count;
}

void tickets_forget_orphan(struct serve *serve, const char *id)
{
	struct ticket *next;

	for (struct ticket *ticket = serve->tickets; ticket != NULL; ticket = next) {
		next = ticket->next;
		if (ticket->orphan && deletes(ticket, id))
			ticket_free(serve, ticket);
	}
}

void tickets_overtake(struct serve *serve, const char *id)
{
	tickets_forget_orphan(serve, id);
	for (struct ticket *ticket = serve->tickets; ticket != NULL; ticket = ticket->next)
		ticket->overtaken = ticket->overtaken || deletes(ticket, id);
}
