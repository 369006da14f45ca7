/* Which way a pipeline's flows go, from its configuration: in short, as a row of a list has room for it. */
#include <stdio.h>
#include <string.h>

#include "common/config/config.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/demands.h"

/* Bucket, or folder below the tenant's own; NULL: there is none. */
static json_t *target(const struct pipeline_config *config)
{
	const char *root = config->write.file_root, *folder = config->store.dirname;

	if (config->store.type == STORE_PROM_SKY_CON || config->write.type == WRITE_STDOUT)
		return json_null();
	if (config->write.type == WRITE_S3)
		return json_string(folder);
	return json_sprintf("%s%s%s", root, root[0] != '\0' && folder[0] != '\0' ? "/" : "", folder);
}

/* "host" or "host:port" of the object store, as it was written. */
static json_t *endpoint(const struct pipeline_config *config)
{
	const char *host = strstr(config->write.s3.endpoint, "://");

	if (config->store.type == STORE_PROM_SKY_CON || config->write.type != WRITE_S3 || host == NULL)
		return json_null();
	host += strlen("://");
	return json_stringn(host, strcspn(host, "/"));
}

json_t *status_route(const struct served *served)
{
	const struct pipeline_config *config = served->config != NULL ? config_pipeline(served->config) : NULL;

	if (config == NULL)
		return json_null();
	return json_pack("{ss ss ss? ss ss? so so so}", "analyzer", config->subscriber.url, "transform",
		config_choice(served->config, "pipeline.transform.type"), "mangle", config->mangle.type != MANGLE_NONE ?
		config_choice(served->config, "pipeline.mangle.type") : NULL, "store",
		config_choice(served->config, "pipeline.store.type"), "sink", demands_sink(served->config), "target", target(config),
		"endpoint", endpoint(config), "max_seconds_per_object", config->store.type == STORE_BUFFERED ?
		json_integer(config->store.max_seconds_per_object) : json_null());
}
