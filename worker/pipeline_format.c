#include "worker/pipeline_format.h"

#include "common/config/pipeline_config.h"
#include "worker/spool.h"

struct wrapper {
	const char *open, *separator, *close;
};

/* By default the transform says it; `compat: sfe` goes by encode.type alone, and with no encode section by transform. */
bool pipeline_wraps_in_data(const struct pipeline_config *config)
{
	if (config->encode.type == ENCODE_SECADVISOR)
		return true;
	if (config->compat == COMPAT_SFE && config->encode.type != ENCODE_UNSET)
		return false;
	return config->transform.type == TRANSFORM_SECADVISOR;
}

static const struct wrapper *wrapper_of(const struct pipeline_config *config)
{
	/* indexed by data, pretty */
	static const struct wrapper wrappers[2][2] = {
		{ { "[", ",", "]\n" }, { "[\n\t", ",\n\t", "\n]\n" } },
		{ { "{\"data\":[", ",", "]}\n" }, { "{\n\t\"data\": [\n\t\t", ",\n\t\t", "\n\t]\n}\n" } },
	};

	return &wrappers[pipeline_wraps_in_data(config)][config->encode.pretty];
}

void pipeline_format_fill(const struct pipeline_config *config, struct spool_format *format)
{
	const struct wrapper *wrapper = wrapper_of(config);
	bool gzip = config->compress.type == COMPRESS_GZIP;
	bool sfe = config->compat == COMPAT_SFE;

	*format = (struct spool_format){
		.open = wrapper->open, .separator = wrapper->separator, .close = wrapper->close,
		.compress_type = config->compress.type, .gzip_level = config->compress.gzip_level,
		.prefix = config->store.filename_prefix, .bucket = config->store.dirname,
		/* the exporter's names and headers say gzip whatever was done */
		.ending = sfe ? ".gz" : gzip ? ".json.gz" : ".json",
		.content_type = "application/json", .content_encoding = sfe || gzip ? "gzip" : "",
		.host_id = config->host_id,
	};
}
