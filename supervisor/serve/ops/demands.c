#include "supervisor/serve/ops/demands.h"

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

const char *demands_sink(const struct config *config)
{
	const struct pipeline_config *pipeline = config_pipeline(config);
	int type = pipeline->write.type;

	if (!config_known(config, "pipeline.store.type"))
		return NULL;
	if (pipeline->store.type == STORE_PROM_SKY_CON)
		return "prom_sky_con";
	if (!config_known(config, "pipeline.write.type"))
		return NULL;
	return type == WRITE_S3 ? "s3" : type == WRITE_FILE ? "file" : "stdout";
}

int demands_find(struct demands *demands, const struct config *config, const char *tenant, struct err *err)
{
	const struct pipeline_config *pipeline = config_pipeline(config);

	*demands = (struct demands){ .sink = demands_sink(config) };
	if (pipeline->store.type == STORE_PROM_SKY_CON && config_known(config, "pipeline.store.prom_sky_con.port"))
		snprintf(demands->port, sizeof(demands->port), "%u", pipeline->store.prometheus_port);
	if (pipeline->account.type != ACCOUNT_FILE || !config_known(config, "pipeline.account.file.filename"))
		return 0;
	demands->file = file_of(tenant, pipeline->account.filename);
	return demands->file != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for the name of an account file");
}

void demands_fini(struct demands *demands)
{
	free(demands->file);
	demands->file = NULL;
}

void demands_claims(const struct demands *demands, struct store_claim claims[DEMANDS_CLAIMS])
{
	claims[0] = (struct store_claim){ "port", demands->port };
	claims[1] = (struct store_claim){ "file", demands->file != NULL ? demands->file : "" };
}
