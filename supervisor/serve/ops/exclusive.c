#include "supervisor/serve/ops/exclusive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"

/* One name for one file, however it is written: no link is followed below a tenant's folder, and no part is "..". */
static char *file_of(const char *tenant, const char *path)
{
	char *name = malloc(strlen(tenant) + strlen(path) + 2), *end;

	if (name == NULL)
		return NULL;
	end = stpcpy(name, tenant);
	while (*(path += strspn(path, "/")) != '\0') {
		size_t length = strcspn(path, "/");

		if (length != 1 || path[0] != '.') {
			*end++ = '/';
			memcpy(end, path, length);
			end += length;
		}
		path += length;
	}
	*end = '\0';
	return name;
}

int exclusive_find(struct exclusive *exclusive, const struct config *config, const char *tenant, struct err *err)
{
	const struct pipeline_config *pipeline = config_pipeline(config);

	*exclusive = (struct exclusive){ 0 };
	if (pipeline->store.type == STORE_PROM_SKY_CON)
		snprintf(exclusive->port, sizeof(exclusive->port), "%u", pipeline->store.prometheus_port);
	if (pipeline->account.type != ACCOUNT_FILE)
		return 0;
	exclusive->file = file_of(tenant, pipeline->account.filename);
	return exclusive->file != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for the name of an account file");
}

void exclusive_fini(struct exclusive *exclusive)
{
	free(exclusive->file);
	exclusive->file = NULL;
}

void exclusive_claims(const struct exclusive *exclusive, struct store_claim claims[EXCLUSIVE_KINDS])
{
	claims[0] = (struct store_claim){ "port", exclusive->port };
	claims[1] = (struct store_claim){ "file", exclusive->file != NULL ? exclusive->file : "" };
}
