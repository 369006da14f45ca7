/* Finding fields by name, and what was meant by a name that none has. */
#include <string.h>

#include "common/config/config.h"
#include "common/config/pipeline_fields.h"

/* Names that people know from other places, or expect. A full path in `name` matches only there. */
static const struct {
	const char *name;
	const char *meant;
} familiar[] = {
	{ "pipeline.account.file.name", "pipeline.account.file.filename" },
	{ "pipeline.account.file.path", "pipeline.account.file.filename" },
	{ "pipeline.analyzer", "pipeline.subscriber" },
	{ "pipeline.logstatus", "pipeline.mangle.logstatus" },
	{ "access_key_id", "pipeline.write.s3.access_key" },
	{ "apikey", "pipeline.write.s3.api_key" },
	{ "aws_access_key_id", "pipeline.write.s3.access_key" },
	{ "aws_secret_access_key", "pipeline.write.s3.secret_key" },
	{ "batch_size", "pipeline.store.buffered.max_flows_per_object" },
	{ "bucket", "pipeline.store.buffered.dirname" },
	{ "bucket_name", "pipeline.store.buffered.dirname" },
	{ "ca", "analyzer.tls.ca_file" },
	{ "cacert", "analyzer.tls.ca_file" },
	{ "capture", "pipeline.subscriber.capture_id" },
	{ "cert", "analyzer.tls.cert_file" },
	{ "cidrs", "pipeline.classify.cluster_net_masks" },
	{ "compression", "pipeline.compress.type" },
	{ "directory", "pipeline.write.file.root" },
	{ "dir", "pipeline.write.file.root" },
	{ "exclude", "pipeline.filter.excluded_tags" },
	{ "flush_interval", "pipeline.store.buffered.max_seconds_per_object" },
	{ "folder", "pipeline.write.file.root" },
	{ "format", "pipeline.transform.type" },
	{ "hostname", "host_id" },
	{ "id", "host_id" },
	{ "insecure", "analyzer.tls.verify" },
	{ "insecure_skip_verify", "analyzer.tls.verify" },
	{ "key_prefix", "pipeline.store.buffered.filename_prefix" },
	{ "masks", "pipeline.classify.cluster_net_masks" },
	{ "name", "host_id" },
	{ "netmasks", "pipeline.classify.cluster_net_masks" },
	{ "object_prefix", "pipeline.store.buffered.filename_prefix" },
	{ "output", "pipeline.write.type" },
	{ "pass", "analyzer.auth.cluster.password" },
	{ "path", "pipeline.write.file.root" },
	{ "prefix", "pipeline.store.buffered.filename_prefix" },
	{ "secret", "pipeline.write.s3.secret_key" },
	{ "secret_access_key", "pipeline.write.s3.secret_key" },
	{ "skip_verify", "analyzer.tls.verify" },
	{ "subnets", "pipeline.classify.cluster_net_masks" },
	{ "subscriber_password", "analyzer.auth.cluster.password" },
	{ "subscriber_url", "pipeline.subscriber.url" },
	{ "subscriber_username", "analyzer.auth.cluster.username" },
	{ "timeout", "pipeline.subscriber.silence_timeout" },
	{ "user", "analyzer.auth.cluster.username" },
};

enum { SIBLINGS_MAX = 32 };

size_t pipeline_field_count(void)
{
	size_t count = 0;

	while (pipeline_fields[count].path != NULL)
		count++;
	return count;
}

int pipeline_field_find(const char *path)
{
	for (int i = 0; pipeline_fields[i].path != NULL; i++) {
		if (strcmp(pipeline_fields[i].path, path) == 0)
			return i;
	}
	return -1;
}

bool pipeline_field_is_section(const char *path)
{
	size_t length = strlen(path);

	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		if (strncmp(option->path, path, length) == 0 && option->path[length] == '.')
			return true;
	}
	return false;
}

/* Among the names that stand directly below a section. */
static const char *nearest_sibling(const char *section, const char *key, char out[static FIELD_NAME_SIZE])
{
	char names[SIBLINGS_MAX][FIELD_NAME_SIZE];
	const char *pointers[SIBLINGS_MAX + 1];
	size_t prefix = strlen(section);
	size_t count = 0;
	const char *nearest;

	for (const struct option *option = pipeline_fields; option->path != NULL && count < SIBLINGS_MAX; option++) {
		const char *rest = option->path + (prefix > 0 ? prefix + 1 : 0);
		size_t length;

		if (prefix > 0 && (strncmp(option->path, section, prefix) != 0 || option->path[prefix] != '.'))
			continue;
		length = strcspn(rest, ".");
		if (length >= FIELD_NAME_SIZE || (count > 0 && strlen(names[count - 1]) == length &&
			strncmp(names[count - 1], rest, length) == 0))
			continue;
		memcpy(names[count], rest, length);
		names[count][length] = '\0';
		pointers[count] = names[count];
		count++;
	}
	pointers[count] = NULL;
	nearest = config_nearest(key, pointers);
	if (nearest == NULL)
		return NULL;
	memcpy(out, nearest, strlen(nearest) + 1);
	return out;
}

/* A field of that very name in another section. */
static const char *misplaced(const char *key)
{
	const char *found = NULL;

	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *dot = strrchr(option->path, '.');

		if (strcmp(dot != NULL ? dot + 1 : option->path, key) != 0)
			continue;
		/* `type` stands everywhere and says nothing */
		if (found != NULL)
			return NULL;
		found = option->path;
	}
	return found;
}

static const char *misplaced_section(const char *key)
{
	static const char *const sections[] = { "pipeline.subscriber", "pipeline.classify", "pipeline.filter",
		"pipeline.transform", "pipeline.mangle", "pipeline.action", "pipeline.storeheader", "pipeline.encode",
		"pipeline.compress", "pipeline.store", "pipeline.account", "pipeline.write", NULL };

	for (size_t i = 0; sections[i] != NULL; i++) {
		if (strcmp(strrchr(sections[i], '.') + 1, key) == 0)
			return sections[i];
	}
	return NULL;
}

static const char *meant_by(const char *section, const char *key)
{
	size_t length = strlen(section);

	for (size_t i = 0; i < sizeof(familiar) / sizeof(familiar[0]); i++) {
		const char *name = familiar[i].name;

		if (strcmp(name, key) == 0)
			return familiar[i].meant;
		if (strncmp(name, section, length) == 0 && name[length] == '.' && strcmp(name + length + 1, key) == 0)
			return familiar[i].meant;
	}
	return NULL;
}

const char *pipeline_field_suggestion(const char *section, const char *key, char out[static FIELD_NAME_SIZE])
{
	const char *found = nearest_sibling(section, key, out);

	if (found == NULL)
		found = meant_by(section, key);
	if (found == NULL)
		found = misplaced(key);
	if (found == NULL)
		found = misplaced_section(key);
	return found;
}
