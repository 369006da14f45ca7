/* The object that stands around the records of vpclogs: what is configured (pipeline.storeheader.vpclogs), what is known
 * when it is cut (worker/wrapper.h), and the records in `flow_logs`. */
#ifndef SLUICE_WORKER_VPCLOGS_HEADER_H
#define SLUICE_WORKER_VPCLOGS_HEADER_H

#include <stdbool.h>

#include "common/buffer.h"
#include "common/err.h"

struct pipeline_config;

struct vpclogs_header {
	struct buffer open, close;            /* NUL-terminated texts */
};

/* Whether the configuration's objects have it. Under `compat: sfe` only where the exporter had it: with a storeheader
 * section and store buffered. */
bool vpclogs_header_wanted(const struct pipeline_config *config);
/* Makes the texts; vpclogs_header_fini in any case. ERR_CONFIG: too long; ERR_NO_MEMORY. */
int vpclogs_header_make(struct vpclogs_header *header, const struct pipeline_config *config, struct err *err);
void vpclogs_header_fini(struct vpclogs_header *header);

#endif
