#include "supervisor/silence.h"

int64_t silence_since_subscribed(struct silence *silence, const struct ring_counters *counters, int64_t now_ns)
{
	bool connected = counters->connected != 0;

	if (connected && (!silence->connected || silence->reconnects != counters->reconnects)) {
		silence->reconnects = counters->reconnects;
		silence->last_message_ns = counters->last_message_ns;
		silence->since_ns = now_ns;
		/* the message may have come between the connection and this first look at it */
		if ((int64_t)counters->last_message_ns > silence->seen_ns)
			silence->last_message_ns = 0;
	}
	silence->connected = connected;
	silence->seen_ns = now_ns;
	return connected && counters->last_message_ns == silence->last_message_ns ? now_ns - silence->since_ns : 0;
}
