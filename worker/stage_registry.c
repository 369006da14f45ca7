#include "worker/stages/stages.h"

const struct stage_type *const stage_registry[] = {
	&stage_capture,
	&stage_classify_subnet,
	&stage_classify_autodiscovery,
	&stage_filter,
	&stage_fetch,
	&stage_transform_none,
	&stage_transform_secadvisor,
	&stage_transform_vpclogs,
	&stage_transform_awsflowlogs,
	&stage_mangle_action,
	&stage_mangle_logstatus,
	&stage_encode,
	&stage_store,
	&stage_store_prom,
	NULL,
};
