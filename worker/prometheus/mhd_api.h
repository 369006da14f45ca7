/* libmicrohttpd, loaded by the workers that serve a page alone (docs/adr/0004 says why a library may be). */
#ifndef SLUICE_WORKER_PROMETHEUS_MHD_API_H
#define SLUICE_WORKER_PROMETHEUS_MHD_API_H

#include <microhttpd.h>

#include "common/err.h"

/* The functions in use, by their names without MHD_. */
#define MHD_FUNCTIONS(each) \
	each(start_daemon) each(stop_daemon) each(run) each(get_timeout) each(get_daemon_info) each(get_connection_info) \
	each(create_response_from_callback) each(create_response_from_buffer) each(add_response_header) \
	each(queue_response) each(destroy_response)

struct mhd_api {
#define MHD_MEMBER(name) __typeof__(MHD_##name) *name;
	MHD_FUNCTIONS(MHD_MEMBER)
#undef MHD_MEMBER
};

/* Loads libmicrohttpd.so.12 once for the process. NULL: err says why (ERR_UNSUPPORTED). Loop thread. */
const struct mhd_api *mhd_api_load(struct err *err);

#endif
