/* One request: libcurl's settings for it, its progress, its end. */
#include <ctype.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/config/endpoint.h"
#include "worker/http/http_internal.h"

/* How many times within its limit a request is looked at. */
enum { STALL_LOOKS = 8 };

/* ---- progress: the server takes bytes; the answer must come within the limit behind the last of them ---- */

static void arm_stall(struct http_transfer *transfer)
{
	const struct http_options *options = &transfer->http->options;

	loop_timer_set(options->loop, &transfer->stall,
		clock_boottime_ns() + options->stall_ms * NS_PER_MS / STALL_LOOKS, NULL);
}

/* Bytes that libcurl has handed to the kernel may wait there: what counts is that they leave. */
static bool queue_drains(struct http_transfer *transfer)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	int unsent = 0;
	bool less;

	transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD || ioctl(fd, SIOCOUTQ, &unsent) != 0)
		return false;
	less = unsent < transfer->unsent;
	transfer->unsent = unsent;
	return less;
}

static void stall_fired(struct loop_timer *timer)
{
	struct http_transfer *transfer = timer->owner;
	struct http_request *request = transfer->request;
	int64_t now = clock_boottime_ns();
	int64_t limit_ms = transfer->http->options.stall_ms;

	if (transfer->waits || queue_drains(transfer))
		transfer->progress_ns = now;
	if (now - transfer->progress_ns < limit_ms * NS_PER_MS) {
		arm_stall(transfer);
		return;
	}
	http_transfer_free(&transfer);
	request->failure = HTTP_STALLED;
	err_set(&request->err, ERR_TIMEOUT, "no answer, and nothing taken, for %.0f s", (double)limit_ms / 1000);
	request->done(request);
}

/* ---- libcurl's callbacks ---- */

static size_t give_body(char *bytes, size_t size, size_t count, void *data)
{
	struct http_transfer *transfer = data;
	struct http_request *request = transfer->request;
	size_t length = 0;
	int result = request->body(request, bytes, size * count, &length);

	transfer->progress_ns = clock_boottime_ns();
	if (result == HTTP_BODY_WAITS) {
		transfer->waits = true;
		return CURL_READFUNC_PAUSE;
	}
	return length;
}

static int rewind_body(void *data, curl_off_t offset, int origin)
{
	struct http_transfer *transfer = data;

	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	transfer->request->rewind(transfer->request);
	return CURL_SEEKFUNC_OK;
}

/* An answer that is larger than ours may be ends the request (fewer bytes taken than came). */
static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
	struct http_transfer *transfer = data;

	return buffer_append(&transfer->request->answer_body, bytes, size * count) == 0 ? size * count : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *data)
{
	struct http_transfer *transfer = data;
	struct buffer *headers = &transfer->request->answer_headers;
	size_t length = size * count;

	/* a status line: those of 100 Continue and the like are over then */
	if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		headers->length = 0;
	return buffer_append(headers, bytes, length) == 0 ? length : 0;
}

/* ---- settings ---- */

static bool add_headers(struct http_transfer *transfer, const char *const *lines)
{
	for (; *lines != NULL; lines++) {
		struct curl_slist *longer = transfer->http->curl->slist_append(transfer->headers, *lines);

		if (longer == NULL)
			return false;
		transfer->headers = longer;
	}
	return true;
}

static int set_headers(struct http_transfer *transfer, struct err *err)
{
	/* without this line libcurl asks before it sends a body, and waits a second for servers that do not know that */
	static const char *const unasked[] = { "Expect:", NULL };

	if (!add_headers(transfer, unasked) || !add_headers(transfer, transfer->request->headers))
		return err_set(err, ERR_NO_MEMORY, "no memory for a request's headers");
	transfer->http->curl->easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	return 0;
}

static void set_method(struct http_transfer *transfer)
{
	const struct curl_api *curl = transfer->http->curl;
	const struct http_request *request = transfer->request;

	if (strcmp(request->method, "HEAD") == 0)
		curl->easy_setopt(transfer->easy, CURLOPT_NOBODY, 1L);
	if (strcmp(request->method, "POST") == 0) {
		curl->easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)request->content_length);
		curl->easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, request->content != NULL ? request->content : "");
	}
	if (strcmp(request->method, "DELETE") == 0)
		curl->easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, "DELETE");
	if (strcmp(request->method, "PUT") != 0)
		return;
	curl->easy_setopt(transfer->easy, CURLOPT_UPLOAD, 1L);
	curl->easy_setopt(transfer->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_length);
	curl->easy_setopt(transfer->easy, CURLOPT_READFUNCTION, give_body);
	curl->easy_setopt(transfer->easy, CURLOPT_READDATA, transfer);
	curl->easy_setopt(transfer->easy, CURLOPT_SEEKFUNCTION, rewind_body);
	curl->easy_setopt(transfer->easy, CURLOPT_SEEKDATA, transfer);
}

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static const char system_authorities[] = "/etc/ssl/certs";

static void set_trust(struct http_transfer *transfer)
{
	const struct curl_api *curl = transfer->http->curl;
	const struct http_options *options = &transfer->http->options;
	CURL *easy = transfer->easy;

	curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (given(options->ca_file)) {
		curl->easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
		curl->easy_setopt(easy, CURLOPT_CAPATH, options->system_too ? system_authorities : NULL);
	} else {
		/* by hash, read as needed: all of them in one file cost 50 ms and 0.9 MB a process */
		curl->easy_setopt(easy, CURLOPT_CAINFO, NULL);
		curl->easy_setopt(easy, CURLOPT_CAPATH, system_authorities);
	}
	if (given(options->cert_file))
		curl->easy_setopt(easy, CURLOPT_SSLCERT, options->cert_file);
	if (given(options->key_file))
		curl->easy_setopt(easy, CURLOPT_SSLKEY, options->key_file);
	if (options->unverified) {
		curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/* Each address that a name has comes by here before it is connected to, and what was let pass is what is connected to. */
static curl_socket_t open_allowed(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_transfer *transfer = data;
	struct endpoint endpoint;
	const char *refused = endpoint_of_socket(&endpoint, &address->addr)
		? endpoint_refuses(transfer->http->options.endpoints, &endpoint) : "no address of IPv4 or IPv6";

	(void)purpose;
	if (refused == NULL)
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	transfer->refused = refused;
	return CURL_SOCKET_BAD;
}

/* Where it may go and whom it trusts. Nothing of this comes from the environment. */
static void set_connection(struct http_transfer *transfer)
{
	const struct curl_api *curl = transfer->http->curl;
	CURL *easy = transfer->easy;

	curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(easy, CURLOPT_PROXY, "");
	curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	if (transfer->http->options.endpoints != NULL) {
		curl->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_allowed);
		curl->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	}
	/* a resolver that does not answer: its thread is left behind instead of waited for */
	curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	set_trust(transfer);
}

static void set_callbacks(struct http_transfer *transfer)
{
	const struct curl_api *curl = transfer->http->curl;
	CURL *easy = transfer->easy;

	curl->easy_setopt(easy, CURLOPT_PRIVATE, (char *)transfer);
	curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
	curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl->easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static int set_up(struct http_transfer *transfer, struct err *err)
{
	const struct curl_api *curl = transfer->http->curl;
	const struct http_request *request = transfer->request;

	curl->easy_setopt(transfer->easy, CURLOPT_URL, request->url);
	curl->easy_setopt(transfer->easy, CURLOPT_PATH_AS_IS, 1L);
	curl->easy_setopt(transfer->easy, CURLOPT_USERAGENT, "sluice/" SLUICE_VERSION);
	if (request->packed)
		curl->easy_setopt(transfer->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	set_connection(transfer);
	set_callbacks(transfer);
	set_method(transfer);
	return set_headers(transfer, err);
}

int http_transfer_new(struct http_transfer **out, struct http *http, struct http_request *request, struct err *err)
{
	struct http_transfer *transfer = calloc(1, sizeof(*transfer));
	int error = 0;

	*out = NULL;
	if (transfer == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a request");
	*transfer = (struct http_transfer){ .http = http, .request = request, .progress_ns = clock_boottime_ns(),
		.next = http->transfers, .link = &http->transfers };
	transfer->stall = (struct loop_timer){ .fire = stall_fired, .owner = transfer };
	if (transfer->next != NULL)
		transfer->next->link = &transfer->next;
	http->transfers = transfer;
	transfer->easy = http->curl->easy_init();
	if (transfer->easy == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a request");
	if (error == 0)
		error = set_up(transfer, err);
	if (error == 0 && http->curl->multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
		error = err_set(err, ERR_NO_MEMORY, "a request cannot begin");
	if (error != 0) {
		http_transfer_free(&transfer);
		return error;
	}
	arm_stall(transfer);
	*out = transfer;
	return 0;
}

void http_transfer_free(struct http_transfer **out)
{
	struct http_transfer *transfer = *out;

	if (transfer == NULL)
		return;
	*out = NULL;
	transfer->request->transfer = NULL;
	loop_timer_cancel(transfer->http->options.loop, &transfer->stall);
	if (transfer->easy != NULL) {
		transfer->http->curl->multi_remove_handle(transfer->http->multi, transfer->easy);
		transfer->http->curl->easy_cleanup(transfer->easy);
	}
	transfer->http->curl->slist_free_all(transfer->headers);
	*transfer->link = transfer->next;
	if (transfer->next != NULL)
		transfer->next->link = transfer->link;
	free(transfer);
}

/* ---- the answer's headers ---- */

static const char *header_value(const struct buffer *headers, const char *name, size_t *length)
{
	const char *line = headers->bytes, *end = line + headers->length;
	size_t name_length = strlen(name);

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *next = stop != NULL ? stop + 1 : end;
		const char *from = line + name_length + 1;

		if (from <= next && line[name_length] == ':' && strncasecmp(line, name, name_length) == 0) {
			while (from < next && isspace((unsigned char)*from))
				from++;
			while (next > from && isspace((unsigned char)next[-1]))
				next--;
			*length = (size_t)(next - from);
			return from;
		}
		line = next;
	}
	return NULL;
}

void http_answer_header(const struct http_request *request, const char *name, char *value, size_t size)
{
	size_t length = 0;
	const char *found = request->answer_headers.length > 0 ? header_value(&request->answer_headers, name, &length) : NULL;

	if (found == NULL)
		length = 0;
	if (length > size - 1)
		length = size - 1;
	if (length > 0)
		memcpy(value, found, length);
	value[length] = '\0';
}
