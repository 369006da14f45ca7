/* A subscription that is up and brings no flows: nothing is wrong with it, but somebody may have forgotten to capture. */
#ifndef SLUICE_SUPERVISOR_SILENCE_H
#define SLUICE_SUPERVISOR_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ring.h"

struct silence {
	bool connected;
	uint64_t reconnects;          /* counters of the moment at which it was found connected */
	uint64_t last_message_ns;
	int64_t since_ns;             /* CLOCK_BOOTTIME, as the next: then found connected */
	int64_t seen_ns;              /* last look */
};

/* How long no flow message has come since subscribing; 0: one has come, or it is not connected. Called regularly. */
int64_t silence_since_subscribed(struct silence *silence, const struct ring_counters *counters, int64_t now_ns);

#endif
