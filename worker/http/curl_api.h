/* libcurl, loaded when the first request is made: linked, it would cost each of a thousand workers that never send over
 * the network 4 ms of its start and half a megabyte of memory (docs/adr/0004). */
#ifndef SLUICE_WORKER_HTTP_CURL_API_H
#define SLUICE_WORKER_HTTP_CURL_API_H

#include <curl/curl.h>

#include "common/err.h"

/* The functions in use, by their names without curl_. */
#define CURL_FUNCTIONS(each) \
	each(global_init) each(easy_init) each(easy_cleanup) each(easy_setopt) each(easy_getinfo) each(easy_pause) \
	each(easy_strerror) each(multi_init) each(multi_cleanup) each(multi_setopt) each(multi_add_handle) \
	each(multi_remove_handle) each(multi_socket_action) each(multi_info_read) each(multi_assign) \
	each(slist_append) each(slist_free_all)

struct curl_api {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Loads libcurl.so.4 once for the process and initialises it. NULL: err says why (ERR_UNSUPPORTED). Loop thread. */
const struct curl_api *curl_api_load(struct err *err);

#endif
