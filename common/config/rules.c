/* Fields that must go together, and defaults that follow from other fields. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/config/address.h"
#include "common/config/endpoint.h"
#include "common/config/load.h"
#include "common/config/path.h"

static void check_mangle(struct config *config)
{
	const struct pipeline_config *pipeline = &config->pipeline;
	int transform = pipeline->transform.type;
	bool logstatus = pipeline->mangle.type == MANGLE_LOGSTATUS;
	bool fits = transform == TRANSFORM_AWSFLOWLOGS || transform == (logstatus ? TRANSFORM_SECADVISOR : TRANSFORM_VPCLOGS);

	if (pipeline->mangle.type != MANGLE_NONE && !fits)
		config_report(config, "pipeline.mangle.type", CONFIG_ERROR, "conflict", NULL,
			"%s needs pipeline.transform.type %s or awsflowlogs", logstatus ? "logstatus" : "action",
			logstatus ? "secadvisor" : "vpclogs");
	if (pipeline->mangle.type == MANGLE_ACTION && pipeline->action.tid1[0] != '\0' &&
		strcmp(pipeline->action.tid1, pipeline->action.tid2) == 0)
		config_report(config, "pipeline.action.tid2", CONFIG_ERROR, "conflict", NULL,
			"is the same node as tid1: the captures stand on the two sides of a firewall");
}

static void check_transform(struct config *config)
{
	const struct pipeline_config *pipeline = &config->pipeline;
	int encode = pipeline->encode.type;

	if (pipeline->storeheader.type == STOREHEADER_VPCLOGS && pipeline->transform.type != TRANSFORM_VPCLOGS)
		config_report(config, "pipeline.storeheader.type", CONFIG_ERROR, "conflict", NULL,
			"vpclogs needs pipeline.transform.type vpclogs");
	if ((encode == ENCODE_CSV || encode == ENCODE_TEXT) && pipeline->transform.type != TRANSFORM_AWSFLOWLOGS)
		config_report(config, "pipeline.encode.type", CONFIG_ERROR, "conflict", NULL,
			"%s needs columns: pipeline.transform.type awsflowlogs", encode == ENCODE_CSV ? "csv" : "text");
}

static void check_store(struct config *config)
{
	const struct pipeline_config *pipeline = &config->pipeline;

	if (pipeline->store.type == STORE_BUFFERED && pipeline->store.max_flow_array_size > 0 &&
		pipeline->store.max_flow_array_size < pipeline->store.max_flows_per_object)
		config_report(config, "pipeline.store.buffered.max_flow_array_size", CONFIG_WARNING, "range", NULL,
			"less than max_flows_per_object (%u): objects are cut at %u records",
			pipeline->store.max_flows_per_object, pipeline->store.max_flow_array_size);
}

/* It shows connections, whatever a record would look like. */
static void check_page(struct config *config)
{
	if (config->pipeline.store.type == STORE_PROM_SKY_CON && config->pipeline.transform.type != TRANSFORM_NONE)
		config_report(config, "pipeline.transform.type", CONFIG_ERROR, "conflict", NULL,
			"pipeline.store.type prom_sky_con has no records: it needs none");
}

static bool is_there(const struct config *config, const char *path)
{
	return config->fields[pipeline_field_find(path)].node != NULL;
}

/* Two that are nothing without each other. */
static void check_pair(struct config *config, const char *one, const char *other)
{
	if (is_there(config, one) && !is_there(config, other))
		config_report(config, other, CONFIG_ERROR, "required", NULL, "is missing: %s is given", one);
	else if (is_there(config, other) && !is_there(config, one))
		config_report(config, one, CONFIG_ERROR, "required", NULL, "is missing: %s is given", other);
}

static void check_credentials(struct config *config)
{
	static const struct option_when s3 = { "pipeline.write.type", "s3" };
	bool access_key = is_there(config, "pipeline.write.s3.access_key");
	bool secret_key = is_there(config, "pipeline.write.s3.secret_key");

	if (config_holds(config, &s3) != CONFIG_YES)
		return;
	if (is_there(config, "pipeline.write.s3.api_key")) {
		if (access_key || secret_key)
			config_report(config, "pipeline.write.s3.api_key", CONFIG_ERROR, "conflict", NULL,
				"either api_key, or access_key with secret_key");
	} else if (access_key || secret_key) {
		check_pair(config, "pipeline.write.s3.access_key", "pipeline.write.s3.secret_key");
	} else {
		config_report(config, "pipeline.write.s3", CONFIG_ERROR, "required", NULL,
			"credentials are missing: access_key with secret_key, or api_key");
	}
	if (is_there(config, "pipeline.write.s3.iam_endpoint") && !is_there(config, "pipeline.write.s3.api_key"))
		config_report(config, "pipeline.write.s3.iam_endpoint", CONFIG_WARNING, "unused", NULL,
			"without effect: there is no api_key");
}

/* Buckets and keys are put behind the endpoint; a region is part of what is signed. */
static void check_store_address(struct config *config)
{
	static const struct option_when s3 = { "pipeline.write.type", "s3" };

	if (config_holds(config, &s3) != CONFIG_YES)
		return;
	if (strchr(config->pipeline.write.s3.endpoint, '?') != NULL)
		config_report(config, "pipeline.write.s3.endpoint", CONFIG_ERROR, "value", NULL,
			"an object store's URL has no query (?)");
	if (config->whole && !is_there(config, "pipeline.write.s3.region") && !is_there(config, "pipeline.write.s3.api_key"))
		config_report(config, "pipeline.write.s3.region", CONFIG_WARNING, "default", NULL,
			"is missing: requests are signed for %s", config->pipeline.write.s3.region);
}

static void check_analyzer(struct config *config)
{
	/* Basic credentials are name:password */
	if (strchr(config->pipeline.username, ':') != NULL)
		config_report(config, "analyzer.auth.cluster.username", CONFIG_ERROR, "value", NULL,
			"a user name cannot contain a colon");
}

/* `auto` is a name that the supervisor's registry gives. */
static void check_host_id(struct config *config)
{
	if (strcmp(config->pipeline.host_id, "auto") == 0 && config->confinement == NULL)
		config_report(config, "host_id", CONFIG_ERROR, "value", NULL,
			"auto is for `sluiced serve`, which gives the ids");
}

static void derive_analyzers(struct config *config)
{
	static const char *const schemes[] = { "ws", "wss", NULL };
	static const unsigned ports[] = { 80, 443 };
	struct text_list *analyzers = &config->pipeline.analyzers;
	struct address_parts parts;
	char text[320];

	if (is_there(config, "analyzers") || address_parse_url(config->pipeline.subscriber.url, schemes, &parts) != NULL)
		return;
	snprintf(text, sizeof(text), "%.*s:%u", (int)parts.host_length, parts.host,
		parts.port != 0 ? parts.port : ports[parts.scheme]);
	analyzers->items = arena_calloc(&config->arena, 1, sizeof(*analyzers->items));
	if (analyzers->items != NULL)
		analyzers->items[0] = arena_strdup(&config->arena, text);
	if (analyzers->items == NULL || analyzers->items[0] == NULL)
		config->problems.no_memory = true;
	else
		analyzers->count = 1;
}

static void derive_host_id(struct config *config)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (config->pipeline.compat != COMPAT_SFE || config->pipeline.host_id[0] != '\0')
		return;
	if (gethostname(name, sizeof(name)) != 0)
		return;
	name[HOST_NAME_MAX] = '\0';
	config->pipeline.host_id = arena_strdup(&config->arena, name);
	if (config->pipeline.host_id == NULL)
		config->problems.no_memory = true;
}

static void check_confined(struct config *config, const char *path, const char *file)
{
	const char *folder = config->confinement->secrets_dir;

	if (file[0] != '\0' && (folder == NULL || !path_is_below(file, folder)))
		config_report(config, path, CONFIG_ERROR, "confined", NULL,
			"this file is not for tenants: only those below the supervisor's --secrets-dir are");
}

/* Names are looked up when they are connected to: only an address is told beforehand. The pipeline runs all the same, and what it
 * has waits for an administrator who allows it. */
static void check_endpoint(struct config *config, const char *path, const char *url)
{
	const struct endpoint_rules *rules = config->confinement->endpoints;
	struct endpoint endpoint;
	const char *refused = rules != NULL && endpoint_of_url(&endpoint, url) ? endpoint_refuses(rules, &endpoint) : NULL;

	if (refused != NULL)
		config_report(config, path, CONFIG_WARNING, "not_allowed", NULL,
			"this is %s, %s", refused, endpoint_remedy(refused));
}

/* A tenant's files: certificates and keys come from the secrets' folder; the file writer's root is confined by the
 * worker, which follows no link either. */
static void check_confinement(struct config *config)
{
	const struct pipeline_config *pipeline = &config->pipeline;

	check_confined(config, "analyzer.tls.ca_file", pipeline->tls.ca_file);
	check_confined(config, "analyzer.tls.cert_file", pipeline->tls.cert_file);
	check_confined(config, "analyzer.tls.key_file", pipeline->tls.key_file);
	if (pipeline->write.type == WRITE_FILE && path_has_part(pipeline->write.file_root, path_part_is_parent))
		config_report(config, "pipeline.write.file.root", CONFIG_ERROR, "confined", NULL,
			"a tenant's files stay below its own folder: no part of the path can be ..");
	if (pipeline->account.type == ACCOUNT_FILE && path_has_part(pipeline->account.filename, path_part_is_parent))
		config_report(config, "pipeline.account.file.filename", CONFIG_ERROR, "confined", NULL,
			"a tenant's files stay below its own folder: no part of the path can be ..");
	if (pipeline->write.type != WRITE_S3)
		return;
	check_confined(config, "pipeline.write.s3.ca_file", pipeline->write.s3.ca_file);
	check_endpoint(config, "pipeline.write.s3.endpoint", pipeline->write.s3.endpoint);
	if (pipeline->write.s3.api_key[0] != '\0')
		check_endpoint(config, "pipeline.write.s3.iam_endpoint", pipeline->write.s3.iam_endpoint);
}

void config_check_rules(struct config *config)
{
	if (config->confinement != NULL)
		check_confinement(config);
	config_check_paths(config);
	config_check_header(config);
	config_check_aws(config);
	config_check_extend(config);
	config_check_key(config);
	check_analyzer(config);
	check_host_id(config);
	check_store(config);
	check_store_address(config);
	if (config->whole) {
		check_pair(config, "analyzer.tls.cert_file", "analyzer.tls.key_file");
		check_mangle(config);
		check_transform(config);
		check_page(config);
		check_credentials(config);
	}
	derive_analyzers(config);
	derive_host_id(config);
}
