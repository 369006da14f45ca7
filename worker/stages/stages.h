/* The stages that there are; stage_registry.c lists them. */
#ifndef SLUICE_WORKER_STAGES_STAGES_H
#define SLUICE_WORKER_STAGES_STAGES_H

#include "worker/stage.h"

extern const struct stage_type stage_capture;
extern const struct stage_type stage_classify_subnet;
extern const struct stage_type stage_classify_autodiscovery;
extern const struct stage_type stage_filter;
extern const struct stage_type stage_fetch;
extern const struct stage_type stage_transform_none;
extern const struct stage_type stage_transform_secadvisor;
extern const struct stage_type stage_transform_vpclogs;
extern const struct stage_type stage_transform_awsflowlogs;
extern const struct stage_type stage_mangle_action;
extern const struct stage_type stage_mangle_logstatus;
extern const struct stage_type stage_encode;
extern const struct stage_type stage_store;
extern const struct stage_type stage_store_prom;

#endif
