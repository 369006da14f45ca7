#include "supervisor/serve/exclusive.h"

#include <stdio.h>

#include "common/config/config.h"

void exclusive_find(struct exclusive *exclusive, const struct config *config)
{
	const struct pipeline_config *pipeline = config_pipeline(config);

	*exclusive = (struct exclusive){ 0 };
	if (pipeline->store.type == STORE_PROM_SKY_CON)
		snprintf(exclusive->port, sizeof(exclusive->port), "%u", pipeline->store.prometheus_port);
}

void exclusive_claims(const struct exclusive *exclusive, struct store_claim claims[EXCLUSIVE_KINDS])
{
	claims[0] = (struct store_claim){ "port", exclusive->port };
}
