/* Where tenants' objects may be sent to: what --allow-endpoints says, and never to the API itself. */
#ifndef SLUICE_SUPERVISOR_SERVE_ENDPOINTS_H
#define SLUICE_SUPERVISOR_SERVE_ENDPOINTS_H

#include "common/config/endpoint.h"
#include "common/err.h"

struct json_t;
struct serve_options;

/* ERR_CONFIG: one of the networks is none. */
int endpoints_read(struct endpoint_rules *rules, const struct serve_options *options, struct err *err);
/* The same as workers are told (worker/README.md), the caller's to free; NULL: no memory. */
struct json_t *endpoints_message(const struct serve_options *options);

#endif
