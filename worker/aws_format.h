/* The records of awsflowlogs: which columns, and how they are written, as a pipeline is configured. Their detail is a
 * struct flow_log.
 *
 * A record comes to two one-way parts, A→B and B→A, each where packets went that way; one that was rejected has its A→B
 * part without packets, too. One that stands for no flow (flow NULL, log_status NODATA or SKIPDATA) has a single part, in
 * which all that a flow tells is `-`: of its detail node_tid, start_ms and end_ms count. */
#ifndef SLUICE_WORKER_AWS_FORMAT_H
#define SLUICE_WORKER_AWS_FORMAT_H

#include <stdbool.h>

#include "worker/record.h"

struct pipeline_config;

/* The format of the configuration's records. A worker has one pipeline: the columns are kept for the configuration that was
 * given last (borrowed), and what was returned before has them, too. */
const struct record_format *aws_record_format(const struct pipeline_config *config);

/* `compat: sfe` as json: the Go exporter's records, one a flow, in its two versions. */
extern const struct record_format record_format_aws_sfe_v2, record_format_aws_sfe_v3;
/* For the writers: whether the record stands for no flow; the value of log-status. */
bool aws_is_silent(const struct record *record);
const char *aws_status_text(const struct record *record);

#endif
