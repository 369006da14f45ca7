/* What subscription.c and subscription_figures.c share; nobody else looks inside a subscription. */
#ifndef SLUICE_SUPERVISOR_SUBSCRIPTION_PRIVATE_H
#define SLUICE_SUPERVISOR_SUBSCRIPTION_PRIVATE_H

#include "common/ipc.h"
#include "supervisor/gap_list.h"
#include "supervisor/destination.h"
#include "supervisor/keeper.h"
#include "supervisor/subscription.h"

enum { HOST_ID_SIZE = 256 };

struct subscription {
	struct fleet *fleet;
	struct destination destination;
	char key[DESTINATION_KEY_SIZE];
	char host_id[HOST_ID_SIZE];
	char host_id_field[64];
	char **captures;                      /* of each pipeline that has joined; "": all flows. Owned */
	size_t readers;
	struct json_t *subscribed;            /* namespaces that the subscriber was told; NULL: it was told nothing */
	int ring_fd, read_fd, wake_fd;
	struct ring_reader *ring;
	struct ipc_epoch epoch;               /* as entered in the store */
	struct keeper keeper;
	struct loop_timer close_deadline;
	struct loop_timer noting;             /* that the epoch goes on: what is known of its end should it have none */
	uint64_t absent_ms;                   /* before it was opened, when no supervisor ran */
	int64_t not_before_ns;                /* CLOCK_BOOTTIME: its first connection */
	struct conditions conditions;
	struct gap_list gaps;
	struct subscription_samples samples;
	unsigned number;                      /* among the fleet's own, from 1 */
	unsigned suffix;                      /* of its key, from 1 */
	struct loop_timer start_deadline;     /* it starts, whoever is not ready to read */
	bool started, closing, over;
	bool failed;                          /* its subscriber has refused its configuration */
	bool incomplete;                      /* it was handed over, and its password is not known: nobody joins it any more */
};

/* ---- subscription_epochs.c ---- */

/* Keeps a gap, here and in the store. */
void subscription_note_gap(struct subscription *subscription, const struct ring_gap *gap);
/* Enters its new epoch in the store, with the gap since the last one where a supervisor has come back. */
int subscription_enter_epoch(struct subscription *subscription, struct err *err);
/* Now and then, a timer's: the epoch goes on. */
void subscription_note_epoch(struct loop_timer *timer);
/* What is known of the epoch's end goes into the store, before anything relies on it. */
void subscription_end_epoch(struct subscription *subscription);

/* ---- subscription.c ---- */

/* One of nothing: no destination, no ring. NULL: no memory. */
struct subscription *subscription_make(struct fleet *fleet);

/* ---- subscription_namespaces.c ---- */

/* Whether what it was told covers what is needed now. Nothing narrows a subscription while it runs. */
bool namespaces_cover(const struct json_t *told, const struct json_t *needed);

#endif
