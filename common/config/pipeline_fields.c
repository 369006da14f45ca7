#include "common/config/pipeline_fields.h"

#include <string.h>

#include "common/config/pipeline_config.h"
#include "common/tag.h"

#define AT(member) .offset = offsetof(struct pipeline_config, member)
#define ALWAYS { "", "" }
#define ONLY(option, of) .when = { option, of }
#define REQUIRED(option, of) .required = { option, of }

enum { COUNT_MAX = INT32_MAX, SECONDS_MAX = INT32_MAX };

static const struct option_name compat_names[] = { { "sfe", COMPAT_SFE }, { 0 } };
static const struct option_name classify_names[] = {
	{ "subnet", CLASSIFY_SUBNET }, { "subnet_autodiscovery", CLASSIFY_SUBNET_AUTODISCOVERY }, { 0 },
};
static const struct option_name tag_names[] = {
	{ "other", TAG_OTHER }, { "internal", TAG_INTERNAL }, { "ingress", TAG_INGRESS },
	{ "egress", TAG_EGRESS }, { 0 },
};
static const struct option_name transform_names[] = {
	{ "none", TRANSFORM_NONE }, { "secadvisor", TRANSFORM_SECADVISOR },
	{ "vpclogs", TRANSFORM_VPCLOGS }, { "awsflowlogs", TRANSFORM_AWSFLOWLOGS }, { 0 },
};
static const struct option_name aws_version_names[] = {
	{ "2", 2 }, { "3", 3 }, { "4", 4 }, { "5", 5 }, { 0 },
};
static const struct option_name mangle_names[] = {
	{ "none", MANGLE_NONE }, { "logstatus", MANGLE_LOGSTATUS }, { "action", MANGLE_ACTION }, { 0 },
};
static const struct option_name emit_names[] = {
	{ "ok", LOG_STATUS_OK }, { "nodata", LOG_STATUS_NODATA },
	{ "skipdata", LOG_STATUS_SKIPDATA }, { 0 },
};
static const struct option_name storeheader_names[] = {
	{ "none", STOREHEADER_NONE }, { "vpclogs", STOREHEADER_VPCLOGS }, { 0 },
};
static const struct option_name encode_names[] = {
	{ "json", ENCODE_JSON }, { "csv", ENCODE_CSV }, { "text", ENCODE_TEXT },
	{ "secadvisor", ENCODE_SECADVISOR }, { 0 },
};
static const struct option_name compress_names[] = {
	{ "none", COMPRESS_NONE }, { "gzip", COMPRESS_GZIP }, { 0 },
};
static const struct option_name gzip_names[] = {
	{ "auto", GZIP_AUTO }, { "fast", GZIP_FAST }, { "1", 1 }, { "2", 2 },
	{ "3", 3 }, { "4", 4 }, { "5", 5 }, { "6", 6 }, { "7", 7 },
	{ "8", 8 }, { "9", 9 }, { 0 },
};
static const struct option_name store_names[] = {
	{ "buffered", STORE_BUFFERED }, { "direct", STORE_DIRECT },
	{ "prom_sky_con", STORE_PROM_SKY_CON }, { 0 },
};
static const struct option_name account_names[] = {
	{ "none", ACCOUNT_NONE }, { "file", ACCOUNT_FILE }, { 0 },
};
static const struct option_name write_names[] = {
	{ "s3", WRITE_S3 }, { "stdout", WRITE_STDOUT }, { "file", WRITE_FILE }, { 0 },
};
static const char *const websocket_schemes[] = { "ws", "wss", NULL };
static const char *const http_schemes[] = { "http", "https", NULL };

#define TRANSFORM "pipeline.transform.type"
#define MANGLE "pipeline.mangle.type"
#define STORE "pipeline.store.type"
#define WRITE "pipeline.write.type"
#define OBJECTS "buffered direct"

const struct option pipeline_fields[] = {
	{ "host_id", OPTION_TEXT, AT(host_id), .fallback = "", .max = 128,
	  .help = "Names the pipeline; empty, or unlike the host_id of every other pipeline. With `compat: sfe` its "
		"default is the machine's host name." },
	{ "compat", OPTION_ENUM, AT(compat), .names = compat_names,
	  .help = "`sfe`: the records and objects of the Go Skydive Flow Exporter, in its forms." },
	{ "analyzers", OPTION_ADDRESSES, AT(analyzers),
	  .help = "Where topology queries go: host:port or http(s) URL, tried in turn. Default: host and port of "
		"pipeline.subscriber.url." },
	{ "analyzer.auth.cluster.username", OPTION_TEXT, AT(username),
	  .help = "User name at the analyzer, for the flow stream and for topology queries." },
	{ "analyzer.auth.cluster.password", OPTION_SECRET, AT(password), .help = "Its password." },
	{ "analyzer.tls.ca_file", OPTION_PATH, AT(tls.ca_file), .max = 4095,
	  .help = "Certificates (PEM) that sign the analyzer's, for wss and https. Default: the system's." },
	{ "analyzer.tls.cert_file", OPTION_PATH, AT(tls.cert_file), .max = 4095,
	  .help = "Client certificate (PEM), for an analyzer that asks for one." },
	{ "analyzer.tls.key_file", OPTION_PATH, AT(tls.key_file), .max = 4095, .help = "The client certificate's key (PEM)." },
	{ "analyzer.tls.verify", OPTION_BOOL, AT(tls.verify), .fallback = "true",
	  .help = "Check the analyzer's certificate and name." },
	{ "pipeline.subscriber.url", OPTION_URL, AT(subscriber.url), .schemes = websocket_schemes, .required = ALWAYS,
	  .help = "The analyzer's flow stream, such as ws://analyzer:8082/ws/subscriber/flow." },
	{ "pipeline.subscriber.capture_id", OPTION_TEXT, AT(subscriber.capture_id), .max = 128,
	  .help = "Only the flows of this capture." },
	{ "pipeline.subscriber.silence_timeout", OPTION_SECONDS, AT(subscriber.silence_timeout), .fallback = "60",
	  .max = SECONDS_MAX, .help = "Reconnect when nothing came for this long; 0: never." },
	{ "pipeline.classify.type", OPTION_ENUM, AT(classify.type), .fallback = "subnet", .names = classify_names,
	  .help = "How flows are told apart as internal, ingress, egress or other: by cluster_net_masks; subnet_autodiscovery: and by the "
		"addresses of the cluster's nodes, which the topology knows." },
	{ "pipeline.classify.cluster_net_masks", OPTION_PREFIXES, AT(classify.cluster_net_masks),
	  .help = "The networks inside: prefixes, IPv4 and IPv6, such as 10.0.0.0/8." },
	{ "pipeline.filter.excluded_tags", OPTION_FLAGS, AT(excluded_tags), .names = tag_names,
	  .help = "Flows to leave out: other, internal, ingress, egress." },
	{ "pipeline.transform.type", OPTION_ENUM, AT(transform.type), .fallback = "none", .names = transform_names,
	  .help = "The records' form; none: each flow as it came." },
	{ "pipeline.transform.secadvisor.exclude_started_flows", OPTION_BOOL, AT(transform.exclude_started_flows),
	  .fallback = "false", ONLY(TRANSFORM, "secadvisor"),
	  .help = "Leave out the first report of a flow that goes on." },
	{ "pipeline.transform.secadvisor.extend", OPTION_TEXTS, AT(transform.extend), ONLY(TRANSFORM, "secadvisor"),
	  .help = "Values from the topology: NAME=gremlin query, with {{.Field}} from the record (docs/secadvisor.md)." },
	{ "pipeline.transform.awsflowlogs.version", OPTION_ENUM, AT(transform.aws.version), .fallback = "2",
	  .names = aws_version_names, ONLY(TRANSFORM, "awsflowlogs"), .help = "The fields of this version of AWS's format." },
	{ "pipeline.transform.awsflowlogs.fields", OPTION_TEXTS, AT(transform.aws.fields), ONLY(TRANSFORM, "awsflowlogs"),
	  .help = "These fields instead of a version's." },
	{ "pipeline.transform.awsflowlogs.static", OPTION_MAP, AT(transform.aws.constants), ONLY(TRANSFORM, "awsflowlogs"),
	  .help = "Values of fields that no flow has, such as vpc-id." },
	{ "pipeline.mangle.type", OPTION_ENUM, AT(mangle.type), .fallback = "none", .names = mangle_names,
	  .help = "logstatus (with secadvisor, awsflowlogs): report silence and gaps; action (with vpclogs, awsflowlogs): "
		"accepted or rejected, from two captures." },
	{ "pipeline.mangle.logstatus.interval", OPTION_SECONDS, AT(mangle.interval), .fallback = "60", .min = 1,
	  .max = SECONDS_MAX, ONLY(MANGLE, "logstatus"), .help = "The aggregation interval." },
	{ "pipeline.mangle.logstatus.emit", OPTION_FLAGS, AT(mangle.emit), .fallback = "ok nodata skipdata", .names = emit_names,
	  ONLY(MANGLE, "logstatus"), .help = "The kinds of rows to write: ok, nodata, skipdata." },
	{ "pipeline.action.tid1", OPTION_TEXT, AT(action.tid1), .max = 63, ONLY(MANGLE, "action"), .required = ALWAYS,
	  .help = "Node TID of the capture on one side of the firewall." },
	{ "pipeline.action.tid2", OPTION_TEXT, AT(action.tid2), .max = 63, ONLY(MANGLE, "action"), .required = ALWAYS,
	  .help = "Node TID of the capture on the other side." },
	{ "pipeline.action.reject_timeout", OPTION_SECONDS, AT(action.reject_timeout), .fallback = "5", .min = 1,
	  .max = SECONDS_MAX, ONLY(MANGLE, "action"), .help = "Seen on one side only for this long: rejected." },
	{ "pipeline.storeheader.type", OPTION_ENUM, AT(storeheader.type), .fallback = "none", .names = storeheader_names,
	  .help = "vpclogs: the header object around the records of vpclogs." },
	{ "pipeline.storeheader.vpclogs", OPTION_MAP, AT(storeheader.values), ONLY("pipeline.storeheader.type", "vpclogs"),
	  .help = "Names and values that the header object begins with." },
	{ "pipeline.encode.type", OPTION_ENUM, AT(encode.type), .names = encode_names, ONLY(STORE, OBJECTS),
	  .help = "The records' text. Default: json, wrapped as the transform says; `secadvisor` is json wrapped in "
		"{\"data\":[…]}. csv and text: with awsflowlogs." },
	{ "pipeline.encode.json.pretty", OPTION_BOOL, AT(encode.pretty), .fallback = "false",
	  ONLY("pipeline.encode.type", "json secadvisor"), .help = "One member a line, indented by tabs." },
	{ "pipeline.compress.type", OPTION_ENUM, AT(compress.type), .fallback = "none", .names = compress_names, ONLY(STORE, OBJECTS),
	  .help = "How objects are compressed." },
	{ "pipeline.compress.gzip.level", OPTION_ENUM, AT(compress.gzip_level), .fallback = "auto", .names = gzip_names,
	  ONLY("pipeline.compress.type", "gzip"),
	  .help = "1 (least) to 9 (smallest objects), fast, or auto: as time allows." },
	{ "pipeline.store.type", OPTION_ENUM, AT(store.type), .fallback = "buffered", .names = store_names,
	  .help = "buffered: objects of many records; direct: one object of each message and tag; prom_sky_con: no objects, "
		"connection metrics for Prometheus." },
	{ "pipeline.store.buffered.filename_prefix", OPTION_KEY, AT(store.filename_prefix), .fallback = "", .max = 512,
	  ONLY(STORE, OBJECTS), .help = "First part of every key." },
	{ "pipeline.store.buffered.dirname", OPTION_KEY, AT(store.dirname), .max = 255, ONLY(STORE, OBJECTS),
	  REQUIRED(WRITE, "s3"), .help = "The bucket; for `write.type: file` a folder." },
	{ "pipeline.store.buffered.max_flows_per_object", OPTION_COUNT, AT(store.max_flows_per_object), .min = 1,
	  .max = COUNT_MAX, ONLY(STORE, OBJECTS), REQUIRED(STORE, "buffered"),
	  .help = "An object is cut at this many records." },
	{ "pipeline.store.buffered.max_seconds_per_object", OPTION_SECONDS, AT(store.max_seconds_per_object),
	  .fallback = "60", .max = SECONDS_MAX, ONLY(STORE, OBJECTS),
	  .help = "An object with records is cut this long after its tag's previous cut; 0: with every message." },
	{ "pipeline.store.buffered.max_seconds_per_stream", OPTION_SECONDS, AT(store.max_seconds_per_stream),
	  .fallback = "86400", .max = SECONDS_MAX, ONLY(STORE, OBJECTS),
	  .help = "After this long a new stream begins and numbers start at 0; 0: each cut its own stream." },
	{ "pipeline.store.buffered.max_flow_array_size", OPTION_COUNT, AT(store.max_flow_array_size), .min = 1,
	  .max = COUNT_MAX, ONLY(STORE, OBJECTS), REQUIRED(STORE, "buffered"),
	  .help = "Most records of a tag that wait to be written; beyond it the oldest objects are dropped and counted." },
	{ "pipeline.store.buffered.key_template", OPTION_KEY, AT(store.key_template), .max = 512, ONLY(STORE, OBJECTS),
	  .help = "Another layout of keys: text with {prefix}, {tag}, {stream}, {seq}, {yyyy} and others "
		"(docs/object-stores.md), or `aws` or `ibm` for the layout of that cloud's own flow logs." },
	{ "pipeline.store.prom_sky_con.port", OPTION_COUNT, AT(store.prometheus_port), .min = 1, .max = 65535,
	  ONLY(STORE, "prom_sky_con"), .required = ALWAYS, .help = "Port that Prometheus reads from." },
	{ "pipeline.store.prom_sky_con.connection_timeout", OPTION_SECONDS, AT(store.connection_timeout), .fallback = "60",
	  .min = 1, .max = SECONDS_MAX, ONLY(STORE, "prom_sky_con"), .help = "A connection without flows for this long is forgotten." },
	{ "pipeline.account.type", OPTION_ENUM, AT(account.type), .fallback = "none", .names = account_names, ONLY(STORE, OBJECTS),
	  .help = "file: keep a file with the number of bytes written." },
	{ "pipeline.account.file.filename", OPTION_PATH, AT(account.filename), .max = 4095, ONLY("pipeline.account.type", "file"),
	  .required = ALWAYS, .help = "That file, as the Go exporter's; for a tenant of `sluiced serve` below its folder." },
	{ "pipeline.write.type", OPTION_ENUM, AT(write.type), .fallback = "s3", .names = write_names, ONLY(STORE, OBJECTS),
	  .help = "Where objects go." },
	{ "pipeline.write.s3.endpoint", OPTION_URL, AT(write.s3.endpoint), .schemes = http_schemes, ONLY(WRITE, "s3"),
	  .required = ALWAYS, .help = "The object store, such as https://s3.eu-de.example.com; buckets are part of the path." },
	{ "pipeline.write.s3.region", OPTION_TEXT, AT(write.s3.region), .fallback = "us-east-1", .max = 64,
	  ONLY(WRITE, "s3"), .help = "Its region; requests are signed for it." },
	{ "pipeline.write.s3.access_key", OPTION_TEXT, AT(write.s3.access_key), .max = 256, ONLY(WRITE, "s3"),
	  .help = "Access key, with secret_key." },
	{ "pipeline.write.s3.secret_key", OPTION_SECRET, AT(write.s3.secret_key), .max = 256, ONLY(WRITE, "s3"),
	  .help = "Secret key, with access_key." },
	{ "pipeline.write.s3.ca_file", OPTION_PATH, AT(write.s3.ca_file), .max = 4095, ONLY(WRITE, "s3"),
	  .help = "Certificates (PEM) that sign the store's, for https. Default: the system's." },
	{ "pipeline.write.s3.api_key", OPTION_SECRET, AT(write.s3.api_key), .max = 256, ONLY(WRITE, "s3"),
	  .help = "IBM Cloud API key, instead of access_key and secret_key." },
	{ "pipeline.write.s3.iam_endpoint", OPTION_URL, AT(write.s3.iam_endpoint), .schemes = http_schemes,
	  .fallback = "https://iam.cloud.ibm.com/identity/token", ONLY(WRITE, "s3"),
	  .help = "Where an API key is exchanged for a token." },
	{ "pipeline.write.s3.content_encoding", OPTION_BOOL, AT(write.s3.content_encoding), .fallback = "true", ONLY(WRITE, "s3"),
	  .help = "Send Content-Encoding with compressed objects; clients then decompress them by themselves." },
	{ "pipeline.write.file.root", OPTION_PATH, AT(write.file_root), .max = 4000, ONLY(WRITE, "file"),
	  .required = ALWAYS, .help = "The folder that objects are written below." },
	{ 0 },
};

const char *const pipeline_ignored_sections[] = { "logging", "agent", "flow", "etcd", "storage", "tls", NULL };
