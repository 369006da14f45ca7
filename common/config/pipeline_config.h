/* A pipeline's configuration as the program uses it: every default filled in, every value checked.
 *
 * It is filled from a tree by the one table of fields (pipeline_fields.h), which also makes the errors, the JSON
 * Schema and docs/configuration.md. Everything it points to lives in the arena it was parsed with. */
#ifndef SLUICE_COMMON_CONFIG_PIPELINE_CONFIG_H
#define SLUICE_COMMON_CONFIG_PIPELINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/tag.h"

enum compat { COMPAT_NONE, COMPAT_SFE };
enum classify_type { CLASSIFY_SUBNET, CLASSIFY_SUBNET_AUTODISCOVERY };
enum transform_type { TRANSFORM_NONE, TRANSFORM_SECADVISOR, TRANSFORM_VPCLOGS, TRANSFORM_AWSFLOWLOGS };
enum mangle_type { MANGLE_NONE, MANGLE_LOGSTATUS, MANGLE_ACTION };
/* What a record says of the log itself (mangle logstatus); UNSAID: nothing. */
enum log_status { LOG_STATUS_UNSAID, LOG_STATUS_OK, LOG_STATUS_NODATA, LOG_STATUS_SKIPDATA };
enum storeheader_type { STOREHEADER_NONE, STOREHEADER_VPCLOGS };
/* ENCODE_UNSET: no encode section; what it then means depends on transform and compat (records.md of the formats) */
enum encode_type { ENCODE_UNSET, ENCODE_JSON, ENCODE_CSV, ENCODE_TEXT, ENCODE_SECADVISOR };
enum compress_type { COMPRESS_NONE, COMPRESS_GZIP };
/* 1 to 9 are themselves */
enum { GZIP_FAST = 0, GZIP_AUTO = -1 };
enum store_type { STORE_BUFFERED, STORE_DIRECT, STORE_PROM_SKY_CON };
enum account_type { ACCOUNT_NONE, ACCOUNT_FILE };
enum write_type { WRITE_S3, WRITE_STDOUT, WRITE_FILE };

struct text_list {
	const char **items;           /* NUL-terminated texts */
	size_t count;
};

/* Names and values in the order of the document. */
struct text_map {
	struct text_pair {
		const char *name, *value;
	} *items;
	size_t count;
};

struct prefix {
	uint8_t address[16];          /* IPv4 as ::ffff:a.b.c.d */
	uint8_t length;               /* of the 128 bits: an IPv4 /8 is 104 */
};

struct prefix_list {
	struct prefix *items;
	size_t count;
};

/* Texts are never NULL: absent is "". */
struct pipeline_config {
	const char *host_id;
	int compat;                           /* enum compat */
	struct text_list analyzers;
	const char *username, *password;      /* analyzer.auth.cluster */
	struct {
		const char *ca_file, *cert_file, *key_file;
		bool verify;
	} tls;
	struct {
		const char *url;
		const char *capture_id;
		uint32_t silence_timeout;     /* s, 0: off */
	} subscriber;
	struct {
		int type;                     /* enum classify_type */
		struct prefix_list cluster_net_masks;
	} classify;
	uint32_t excluded_tags;               /* bit set of enum flow_tag */
	struct {
		int type;                     /* enum transform_type */
		bool exclude_started_flows;
		struct text_list extend;
		struct {
			int version;          /* 2 to 5 */
			struct text_list fields;      /* not empty: these instead of the version's */
			struct text_map constants;    /* `static` */
			const char *header;   /* the line before rows; follows from the rest */
		} aws;
	} transform;
	struct {
		int type;                     /* enum mangle_type */
		uint32_t interval;            /* s, of logstatus */
		uint32_t emit;                /* bit set of enum log_status: the rows to write */
	} mangle;
	struct {
		const char *tid1, *tid2;      /* NodeTIDs of the captures on both sides of the firewall */
		uint32_t reject_timeout;      /* s */
	} action;
	struct {
		int type;                     /* enum storeheader_type */
		struct text_map values;
	} storeheader;
	struct {
		int type;                     /* enum encode_type */
		bool pretty;
	} encode;
	struct {
		int type;                     /* enum compress_type */
		int gzip_level;
	} compress;
	struct {
		int type;                     /* enum store_type */
		const char *dirname;
		const char *filename_prefix;
		uint32_t max_flows_per_object;
		uint32_t max_seconds_per_object;
		uint32_t max_seconds_per_stream;
		uint32_t max_flow_array_size;
		const char *key_template;     /* "": the usual layout */
		const char *key_layout;       /* the same, what the configuration says filled in; follows from the rest */
		uint32_t prometheus_port;     /* prom_sky_con */
		uint32_t connection_timeout;  /* s, prom_sky_con */
	} store;
	struct {
		int type;                     /* enum account_type */
		const char *filename;
	} account;
	struct {
		int type;                     /* enum write_type */
		const char *file_root;
		struct {
			const char *endpoint, *region, *access_key, *secret_key, *api_key, *iam_endpoint, *ca_file;
			bool content_encoding;
		} s3;
	} write;
};

#endif
