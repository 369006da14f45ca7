/* A subscription as JSON. */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_CONNECTION_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_CONNECTION_H

#include <jansson.h>

#include "common/arena.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/subscription.h"

/* One that the caller may see as `view` has it, without gaps; most: of its samples. A new reference. */
json_t *connection_show(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription,
	enum view view, unsigned most);
/* "gaps" of the object, newest first. */
int connection_put_gaps(json_t *object, struct serve *serve, const struct subscription *subscription, struct arena *arena,
	struct err *err);
/* Its ring: {bytes, seconds}, how long it takes to go round as flows come now, null: not known, or not the caller's business. */
json_t *connection_ring(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription);

#endif
