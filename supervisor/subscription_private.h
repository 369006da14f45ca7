/* What subscription.c and subscription_figures.c share; nobody else looks inside a subscription. */
#ifndef SLUICE_SUPERVISOR_SUBSCRIPTION_PRIVATE_H
#define SLUICE_SUPERVISOR_SUBSCRIPTION_PRIVATE_H

#include "common/ipc.h"
#include "supervisor/gap_list.h"
#include "supervisor/keeper.h"
#include "supervisor/subscription.h"

enum { KEY_SIZE = 32, HOST_ID_SIZE = 256 };

struct subscription {
	struct fleet *fleet;
	const struct pipeline_config *config; /* of the first pipeline; borrowed */
	char key[KEY_SIZE];
	char host_id[HOST_ID_SIZE];
	char host_id_field[64];
	const char **captures;                /* the pipelines' capture ids, borrowed; owned array */
	size_t readers;
	int ring_fd, read_fd, wake_fd;
	struct ring_reader *ring;
	struct ipc_epoch epoch;               /* as entered in the store */
	struct keeper keeper;
	struct conditions conditions;
	struct gap_list gaps;
	bool started, closing, over;
};

#endif
