/* The client: libcurl's sockets and timer in the loop. */
#include "worker/http/http.h"

#include <stdlib.h>

#include "common/clock.h"
#include "worker/http/http_internal.h"

struct socket_watch {
	struct loop_source source;
	struct http *http;
	struct socket_watch *next, **link;
};

/* ---- what libcurl has done ---- */

/* Requests that have ended. done() may send others, so nothing is kept over it. */
static void collect(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = http->curl->multi_info_read(http->multi, &left)) != NULL) {
		struct http_transfer *transfer = NULL;
		struct http_request *request;

		if (message->msg != CURLMSG_DONE)
			continue;
		http->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		request = transfer->request;
		http_transfer_end(transfer, message->data.result);
		http_transfer_free(&transfer);
		request->done(request);
	}
}

static void act(struct http *http, curl_socket_t fd, int what)
{
	int running;

	http->curl->multi_socket_action(http->multi, fd, what, &running);
	collect(http);
}

static void timer_fired(struct loop_timer *timer)
{
	act(timer->owner, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(struct loop_source *source, uint32_t events)
{
	struct socket_watch *watch = source->owner;
	int what = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	act(watch->http, source->fd, what);   /* may free the watch */
}

/* ---- what libcurl wants ---- */

static int want_timer(CURLM *multi, long timeout_ms, void *data)
{
	struct http *http = data;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_cancel(http->options.loop, &http->timer);
	else
		return loop_timer_set(http->options.loop, &http->timer, clock_boottime_ns() + timeout_ms * NS_PER_MS, NULL) == 0
			? 0 : -1;
	return 0;
}

static void watch_free(struct socket_watch *watch)
{
	loop_remove(watch->http->options.loop, &watch->source);
	*watch->link = watch->next;
	if (watch->next != NULL)
		watch->next->link = watch->link;
	free(watch);
}

static struct socket_watch *watch_new(struct http *http, curl_socket_t fd)
{
	struct socket_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->source = (struct loop_source){ .fd = fd, .ready = socket_ready, .owner = watch };
	watch->http = http;
	watch->next = http->watches;
	watch->link = &http->watches;
	if (watch->next != NULL)
		watch->next->link = &watch->next;
	http->watches = watch;
	return watch;
}

static uint32_t wanted_events(int what)
{
	return (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
}

/* A socket that cannot be watched does not move: its request runs into the stall's limit. Said to libcurl, it would end
 * all the others as well. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *known)
{
	struct http *http = data;
	struct socket_watch *watch = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL)
			watch_free(watch);
		return 0;
	}
	if (watch != NULL) {
		loop_modify(http->options.loop, &watch->source, wanted_events(what), NULL);
		return 0;
	}
	watch = watch_new(http, fd);
	if (watch == NULL)
		return 0;
	if (loop_add(http->options.loop, &watch->source, wanted_events(what), NULL) != 0)
		watch_free(watch);
	else
		http->curl->multi_assign(http->multi, fd, watch);
	return 0;
}

/* ---- the client ---- */

int http_new(struct http **out, const struct http_options *options, struct err *err)
{
	const struct curl_api *curl = curl_api_load(err);
	struct http *http;

	*out = NULL;
	if (curl == NULL)
		return ERR_UNSUPPORTED;
	http = calloc(1, sizeof(*http));
	if (http == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for an HTTP client");
	http->options = *options;
	if (http->options.stall_ms == 0)
		http->options.stall_ms = HTTP_STALL_MS;
	if (http->options.connections == 0)
		http->options.connections = HTTP_CONNECTIONS;
	http->curl = curl;
	http->timer = (struct loop_timer){ .fire = timer_fired, .owner = http };
	http->multi = curl->multi_init();
	if (http->multi == NULL) {
		http_free(&http);
		return err_set(err, ERR_NO_MEMORY, "no memory for an HTTP client");
	}
	curl->multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl->multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl->multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl->multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl->multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)http->options.connections);
	*out = http;
	return 0;
}

void http_free(struct http **out)
{
	struct http *http = *out;

	if (http == NULL)
		return;
	*out = NULL;
	while (http->transfers != NULL)
		http_cancel(http->transfers->request);
	if (http->multi != NULL)
		http->curl->multi_cleanup(http->multi);
	while (http->watches != NULL)
		watch_free(http->watches);
	loop_timer_cancel(http->options.loop, &http->timer);
	free(http);
}

int http_send(struct http *http, struct http_request *request, struct err *err)
{
	struct http_transfer *transfer;
	int error;

	http_request_fini(request);
	buffer_init(&request->answer_headers, HTTP_ANSWER_MAX);
	buffer_init(&request->answer_body, http_answer_max(request));
	error = http_transfer_new(&transfer, http, request, err);
	if (error != 0)
		return error;
	request->transfer = transfer;
	return 0;
}

void http_resume(struct http_request *request)
{
	struct http_transfer *transfer = request->transfer;

	if (transfer == NULL || !transfer->waits)
		return;
	transfer->waits = false;
	transfer->progress_ns = clock_boottime_ns();
	transfer->http->curl->easy_pause(transfer->easy, CURLPAUSE_CONT);
}

void http_cancel(struct http_request *request)
{
	http_transfer_free(&request->transfer);
}

void http_request_fini(struct http_request *request)
{
	buffer_fini(&request->answer_headers);
	buffer_fini(&request->answer_body);
	request->failure = HTTP_INTERNAL;
	request->status = 0;
}
