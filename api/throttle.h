/* Ten failed authentications a minute from one address; what is more is told to wait. A token that is right is never
 * kept waiting: those who share an address cannot lock each other out. */
#ifndef SLUICE_API_THROTTLE_H
#define SLUICE_API_THROTTLE_H

#include <stdint.h>

#include "common/err.h"

enum { THROTTLE_FAILURES = 10, THROTTLE_WINDOW_S = 60, THROTTLE_PLACES = 1024 };

struct throttle;

int throttle_new(struct throttle **throttle, struct err *err);
void throttle_free(struct throttle **throttle);

/* One more failure from this address ("192.0.2.1"; an IPv6 address counts with its /64). 0, or when it was too many the
 * seconds after which the next will be looked at. */
unsigned throttle_failed(struct throttle *throttle, const char *address, int64_t now_ns);

#endif
