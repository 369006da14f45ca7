/* A transform whose records show struct flow_log, member by member. */
#ifndef SLUICE_TESTS_FLOW_LOG_TRANSFORM_H
#define SLUICE_TESTS_FLOW_LOG_TRANSFORM_H

#include "worker/stage.h"

extern const struct stage_type stage_transform_flow_log;

#endif
