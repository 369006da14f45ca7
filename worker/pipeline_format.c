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

/* Rows, one a line behind the line with their names. */
static bool has_rows(const struct pipeline_config *config)
{
	return config->encode.type == ENCODE_CSV || config->encode.type == ENCODE_TEXT;
}

static const char *ending_of(const struct pipeline_config *config)
{
	static const char *const endings[2][3] = { { ".json", ".csv", ".log" }, { ".json.gz", ".csv.gz", ".log.gz" } };
	int form = config->encode.type == ENCODE_CSV ? 1 : config->encode.type == ENCODE_TEXT ? 2 : 0;

	return endings[config->compress.type == COMPRESS_GZIP][form];
}

static const char *content_type_of(const struct pipeline_config *config)
{
	return config->encode.type == ENCODE_CSV ? "text/csv" : config->encode.type == ENCODE_TEXT ? "text/plain" :
		"application/json";
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
		.ending = sfe ? ".gz" : ending_of(config),
		.content_type = sfe ? "application/json" : content_type_of(config), .content_encoding = sfe || gzip ? "gzip" : "",
		.host_id = config->host_id, .key_layout = config->store.key_layout,
	};
	if (has_rows(config)) {
		format->open = config->transform.aws.header;
		format->separator = format->close = "\n";
	}
}
