/* What the files of the HTTP client share. Nothing else includes this. */
#ifndef SLUICE_WORKER_HTTP_HTTP_INTERNAL_H
#define SLUICE_WORKER_HTTP_HTTP_INTERNAL_H

#include <stdbool.h>

#include "worker/http/curl_api.h"
#include "worker/http/http.h"

struct http {
	struct http_options options;
	const struct curl_api *curl;
	CURLM *multi;
	struct loop_timer timer;              /* libcurl's one timer */
	struct socket_watch *watches;         /* sockets in the loop */
	struct http_transfer *transfers;      /* under way */
};

/* A request under way. */
struct http_transfer {
	struct http *http;
	struct http_request *request;
	CURL *easy;
	struct curl_slist *headers;
	struct loop_timer stall;
	int64_t progress_ns;                  /* CLOCK_BOOTTIME */
	int unsent;                           /* bytes in the socket's send queue when last looked at */
	const char *refused;                  /* why an address was not connected to; NULL: none was kept from it */
	bool waits;                           /* body() had nothing */
	char message[CURL_ERROR_SIZE];        /* libcurl's own words */
	struct http_transfer *next, **link;
};

/* Bytes of its answer's body. */
static inline size_t http_answer_max(const struct http_request *request)
{
	return request->answer_max > 0 ? request->answer_max : HTTP_ANSWER_MAX;
}

/* http_transfer.c: makes the handle with all its settings. */
int http_transfer_new(struct http_transfer **transfer, struct http *http, struct http_request *request, struct err *err);
/* Takes it out of the client and frees it; the request keeps what it has got. */
void http_transfer_free(struct http_transfer **transfer);
/* http_end.c: fills in the request's result from libcurl's. */
void http_transfer_end(struct http_transfer *transfer, CURLcode code);

#endif
