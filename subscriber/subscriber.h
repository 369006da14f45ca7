/* The subscriber process: control socket, session, transport and publisher put together. */
#ifndef SLUICE_SUBSCRIBER_SUBSCRIBER_H
#define SLUICE_SUBSCRIBER_SUBSCRIBER_H

enum subscriber_status {
	SUBSCRIBER_DONE = 0,
	SUBSCRIBER_FAILED = 1,        /* may work when started again */
	SUBSCRIBER_CONFIG = 2,        /* the configuration cannot work */
};

/* Runs until it is told to end or is orphaned. Descriptors as common/ipc.h orders. Returns the exit status. */
int subscriber_run(void);

#endif
