/* What a configuration asks for that only one pipeline of all tenants may have, beside its host_id. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_EXCLUSIVE_H
#define SLUICE_SUPERVISOR_SERVE_OPS_EXCLUSIVE_H

#include "supervisor/store/pipelines.h"

struct config;

enum { EXCLUSIVE_KINDS = 2 };

struct exclusive {
	char port[8];                         /* of a page for Prometheus; "": none */
	char *file;                           /* of an account, below the folder of all tenants' files; owned. NULL: none */
};

/* Of a tenant's configuration without mistakes. ERR_NO_MEMORY. */
int exclusive_find(struct exclusive *exclusive, const struct config *config, const char *tenant, struct err *err);
void exclusive_fini(struct exclusive *exclusive);
/* As the store takes it; points into exclusive. */
void exclusive_claims(const struct exclusive *exclusive, struct store_claim claims[EXCLUSIVE_KINDS]);

#endif
