/* The sink beside a world: keeps what was sent, and fails the test when a record comes twice or a key with other content. */
#ifndef TESTS_UNIT_SPOOL_SUPPORT_WORLD_SINK_H
#define TESTS_UNIT_SPOOL_SUPPORT_WORLD_SINK_H

#include "support_world.h"

/* A request has arrived; one that is repeated must be the same. */
void world_sink_keep(struct world *world, const char *key, const char *content);

#endif
