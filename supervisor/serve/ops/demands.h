/* What a configuration asks for that it may not get: what only one pipeline of all tenants may have, beside its host_id,
 * and where a tenant's limits may not let it write. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_DEMANDS_H
#define SLUICE_SUPERVISOR_SERVE_OPS_DEMANDS_H

#include "supervisor/store/pipelines.h"

struct config;

enum { DEMANDS_CLAIMS = 2 };

struct demands {
	const char *sink;                     /* as a tenant's limits name it, static; NULL: not known */
	char port[8];                         /* of a page for Prometheus; "": none */
	char *file;                           /* of an account, below the folder of all tenants' files; owned. NULL: none */
};

/* As in struct demands. */
const char *demands_sink(const struct config *config);
/* Of a tenant's configuration, as far as it has no mistakes. ERR_NO_MEMORY. */
int demands_find(struct demands *demands, const struct config *config, const char *tenant, struct err *err);
void demands_fini(struct demands *demands);
/* As the store takes them; points into demands. */
void demands_claims(const struct demands *demands, struct store_claim claims[DEMANDS_CLAIMS]);

#endif
