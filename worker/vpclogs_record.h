/* A record of the format vpclogs, as IBM Cloud's flow logs for VPC have them. */
#ifndef SLUICE_WORKER_VPCLOGS_RECORD_H
#define SLUICE_WORKER_VPCLOGS_RECORD_H

#include "worker/record.h"

/* record.detail is a struct flow_log (worker/flow_log.h), its times from 1970 to 9999. `sfe`: as the Go exporter writes
 * them (compat: sfe), what is empty or 0 left out; the other has every field. */
extern const struct record_format record_format_vpclogs, record_format_vpclogs_sfe;

#endif
