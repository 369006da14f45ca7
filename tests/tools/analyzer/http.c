#include "tests/tools/analyzer/http.h"

#include <libdeflate.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/tools/analyzer/connection.h"
#include "tests/tools/analyzer/subscriber.h"

enum { HEAD_MAX = 64 << 10, BODY_MAX = 1 << 20, VALUE_SIZE = 512, COOKIE_SIZE = 2200 };

static const char subscriber_path[] = "/ws/subscriber/flow";
static const char topology_path[] = "/api/topology";

struct request {
	const char *head;             /* from the request line to the empty line, NUL behind; borrowed */
	char method[16];
	char path[1024];
	const char *body;
	size_t body_length;
};

/* The n-th value of a header (compared without case), trimmed, into value; false: there is none. */
static bool header_nth(const struct request *request, const char *name, unsigned n, char value[VALUE_SIZE])
{
	size_t length = strlen(name);

	value[0] = '\0';
	for (const char *line = strstr(request->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		const char *end;

		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':' || n-- > 0)
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		end = strstr(line, "\r\n");
		snprintf(value, VALUE_SIZE, "%.*s", end != NULL ? (int)(end - line) : 0, line);
		return true;
	}
	return false;
}

static bool header(const struct request *request, const char *name, char value[VALUE_SIZE])
{
	return header_nth(request, name, 0, value);
}

static int put_text(struct connection *connection, const char *text)
{
	return connection_put(connection, text, strlen(text));
}

/* body: NULL for an empty one. more: further header lines, each with its line end. */
static int answer(struct connection *connection, const char *status, const char *more, const char *body)
{
	char head[4096];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s%sContent-Length: %zu\r\n\r\n", status, more,
		body != NULL ? "Content-Type: text/plain; charset=utf-8\r\n" : "", body != NULL ? strlen(body) : 0);
	if (put_text(connection, head) != 0)
		return ERR_LIMIT;
	return body != NULL ? put_text(connection, body) : 0;
}

/* The real one sets a session cookie of 2.2 KB beside its refusals: clients with small header buffers fail on it. */
static int answer_with_cookie(struct connection *connection, const char *status)
{
	char cookie[COOKIE_SIZE + 64] = "Set-Cookie: permissions=";
	size_t used = strlen(cookie);

	memset(cookie + used, 'A', COOKIE_SIZE - used);
	memcpy(cookie + COOKIE_SIZE, "; Path=/\r\n", sizeof("; Path=/\r\n"));
	return answer(connection, status, cookie, NULL);
}

static void tell_refused(struct connection *connection, int status, const char *host_id)
{
	history_event(connection->server->history, "refused", ",\"connection\":%u,\"status\":%d,\"host_id\":\"%s\"",
		connection->id, status, history_escape(host_id));
}

static bool is_authorized(const struct connection *connection, const struct request *request)
{
	const struct options *options = connection->server->options;
	char plain[VALUE_SIZE], wanted[VALUE_SIZE * 2] = "Basic ", given[VALUE_SIZE];

	if (options->username == NULL)
		return true;
	snprintf(plain, sizeof(plain) / 2, "%s:%s", options->username, options->password);
	EVP_EncodeBlock((unsigned char *)wanted + 6, (unsigned char *)plain, (int)strlen(plain));
	return header(request, "Authorization", given) && strcmp(given, wanted) == 0;
}

static bool host_id_is_connected(const struct server *server, const char *host_id)
{
	for (const struct connection *c = server->connections; c != NULL; c = c->next) {
		if ((c->state == CONNECTION_SUBSCRIBER || c->state == CONNECTION_CLOSING) &&
			strcmp(c->host_id, host_id) == 0)
			return true;
	}
	return false;
}

static void take_namespaces(struct connection *connection, const struct request *request)
{
	char value[VALUE_SIZE];

	while (connection->namespace_count < NAMESPACES_MAX &&
		header_nth(request, "X-Websocket-Namespace", connection->namespace_count, value))
		snprintf(connection->namespaces[connection->namespace_count++], NAMESPACE_SIZE, "%.*s", NAMESPACE_SIZE - 1, value);
	if (connection->namespace_count > 0)
		return;
	snprintf(connection->namespaces[0], NAMESPACE_SIZE, "flow");
	snprintf(connection->namespaces[1], NAMESPACE_SIZE, "stats");
	connection->namespace_count = 2;
}

static int answer_101(struct connection *connection, const char *key)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[128], accept[64], head[1024];

	snprintf(text, sizeof(text), "%.64s%s", key, magic);
	SHA1((unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
	snprintf(head, sizeof(head),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\nX-Host-Id: %s\r\nX-Service-Type: analyzer\r\n\r\n",
		accept, connection->server->options->host_id);
	return put_text(connection, head);
}

static void tell_subscribed(struct connection *connection)
{
	char list[NAMESPACES_MAX * (NAMESPACE_SIZE + 4)] = "";
	size_t used = 0;

	for (unsigned i = 0; i < connection->namespace_count; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i > 0 ? "," : "",
			history_escape(connection->namespaces[i]));
	history_event(connection->server->history, "subscribed", ",\"connection\":%u,\"namespaces\":[%s],\"host_id\":\"%s\"",
		connection->id, list, history_escape(connection->host_id));
}

static int upgrade(struct connection *connection, const struct request *request)
{
	char protocol[VALUE_SIZE], type[VALUE_SIZE], key[VALUE_SIZE];
	bool json = !header(request, "X-Client-Protocol", protocol) || strcmp(protocol, "json") == 0;

	take_namespaces(connection, request);
	header(request, "Sec-WebSocket-Key", key);
	if (answer_101(connection, key) != 0)
		return ERR_LIMIT;
	if (!json || !header(request, "X-Client-Type", type) || type[0] == '\0') {
		tell_refused(connection, 101, connection->host_id);
		subscriber_refuse(connection);
		return 0;
	}
	tell_subscribed(connection);
	subscriber_begin(connection);
	return 0;
}

static int refuse_as_told(struct connection *connection)
{
	char status[64];

	connection->server->refuse_count--;
	tell_refused(connection, connection->server->refuse_status, "");
	if (connection->server->refuse_status == 409)
		return answer_with_cookie(connection, "409 Conflict");
	snprintf(status, sizeof(status), "%d Refused", connection->server->refuse_status);
	return answer(connection, status, "", "refused on command\n");
}

static int serve_subscriber(struct connection *connection, const struct request *request)
{
	char websocket[VALUE_SIZE], host_id[VALUE_SIZE];

	header(request, "X-Host-ID", host_id);
	if (connection->server->refuse_count > 0)
		return refuse_as_told(connection);
	if (!is_authorized(connection, request)) {
		tell_refused(connection, 401, host_id);
		return answer(connection, "401 Unauthorized", "", "Wrong credentials\n");
	}
	if (!header(request, "Upgrade", websocket) || strcasecmp(websocket, "websocket") != 0) {
		tell_refused(connection, 426, host_id);
		return answer_with_cookie(connection, "426 Upgrade Required");
	}
	/* without an id the remote address serves, which is never the same twice */
	if (host_id[0] == '\0')
		snprintf(host_id, sizeof(host_id), "connection-%u", connection->id);
	else if (host_id_is_connected(connection->server, host_id)) {
		tell_refused(connection, 409, host_id);
		return answer_with_cookie(connection, "409 Conflict");
	}
	snprintf(connection->host_id, sizeof(connection->host_id), "%.*s", HOST_ID_SIZE - 1, host_id);
	return upgrade(connection, request);
}

static int put_gzip(struct connection *connection, const char *head, const char *body)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
	size_t bound = libdeflate_gzip_compress_bound(compressor, strlen(body));
	char *packed = malloc(bound);
	size_t length = packed != NULL ? libdeflate_gzip_compress(compressor, body, strlen(body), packed, bound) : 0;
	char text[3 * VALUE_SIZE];

	libdeflate_free_compressor(compressor);
	snprintf(text, sizeof(text), "%sContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", head, length);
	if (put_text(connection, text) == 0)
		connection_put(connection, packed, length);
	free(packed);
	return 0;
}

/* The head's first part: the rest follows from the body. */
static void topology_head(const struct request *request, int status, char head[2 * VALUE_SIZE])
{
	char accept[VALUE_SIZE];

	/* the real one echoes Accept as Content-Type, whatever it is */
	if (!header(request, "Accept", accept))
		snprintf(accept, sizeof(accept), "application/json");
	snprintf(head, 2 * VALUE_SIZE, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s", status, status == 200 ? "OK" : "Refused",
		accept, status / 100 == 3 ? "Location: /elsewhere\r\n" : "");
}

static int put_topology(struct connection *connection, const struct request *request, const struct topology_answer *found)
{
	char encoding[VALUE_SIZE], head[2 * VALUE_SIZE], length[64];
	/* half: more is announced than comes */
	size_t announced = strlen(found->body) + (found->fault == FAULT_HALF ? 1000 : 0);

	topology_head(request, found->status, head);
	if (found->status == 200 && found->fault == FAULT_NONE && header(request, "Accept-Encoding", encoding) &&
		strstr(encoding, "gzip") != NULL)
		return put_gzip(connection, head, found->body);
	snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", announced);
	if (put_text(connection, head) != 0 || put_text(connection, length) != 0)
		return ERR_LIMIT;
	return put_text(connection, found->body);
}

static void log_query(struct connection *connection, const struct request *request)
{
	char text[VALUE_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)request->body_length, request->body);
	history_event(connection->server->history, "query", ",\"connection\":%u,\"body\":\"%s\"", connection->id,
		history_escape(text));
}

static int serve_topology(struct connection *connection, const struct request *request)
{
	struct server *server = connection->server;
	struct topology_answer found = { 401, "Wrong credentials\n", FAULT_NONE };

	if (is_authorized(connection, request))
		found = topology_ask(server->topology, request->body, request->body_length);
	server->topology_queries++;
	if (server->topology_log)
		log_query(connection, request);
	if (found.fault == FAULT_CLOSE)
		return ERR_CLOSED;
	if (found.fault == FAULT_NEVER)
		connection->hung = true;
	else if (server->topology_delay_ms > 0)
		connection_delay(connection, server->topology_delay_ms);
	return connection->hung && found.fault == FAULT_NEVER ? 0 : put_topology(connection, request, &found);
}

static int serve(struct connection *connection, const struct request *request)
{
	if (strcmp(request->path, subscriber_path) == 0)
		return serve_subscriber(connection, request);
	if (strcmp(request->path, topology_path) == 0 && strcmp(request->method, "POST") == 0)
		return serve_topology(connection, request);
	if (strstr(request->path, "//") != NULL) {
		tell_refused(connection, 301, "");
		return answer(connection, "301 Moved Permanently", "Location: /ws/subscriber/flow\r\n", NULL);
	}
	tell_refused(connection, 404, "");
	return answer(connection, "404 Not Found", "", "404 page not found\n");
}

/* Whether a whole request stands in `in`; *length is what it takes. The head gets its NUL. */
static bool request_take(struct buffer *in, struct request *request, size_t *length)
{
	char *end = memmem(in->bytes, in->length, "\r\n\r\n", 4);
	char value[VALUE_SIZE];
	size_t body;

	if (end == NULL)
		return false;
	end[2] = '\0';
	request->head = in->bytes;
	body = header(request, "Content-Length", value) ? strtoul(value, NULL, 10) : 0;
	end[2] = '\r';
	*length = (size_t)(end - in->bytes) + 4 + (body < BODY_MAX ? body : BODY_MAX);
	if (in->length < *length)
		return false;
	end[2] = '\0';
	request->body = end + 4;
	request->body_length = body;
	return sscanf(request->head, "%15s %1023s", request->method, request->path) == 2;
}

int http_read(struct connection *connection, const char **reason)
{
	struct request request = { 0 };
	size_t length;
	int error;

	while (connection->state == CONNECTION_HTTP && request_take(&connection->in, &request, &length)) {
		error = serve(connection, &request);
		buffer_consume(&connection->in, length);
		if (error != 0)
			return error;
	}
	if (connection->in.length > HEAD_MAX + BODY_MAX) {
		*reason = "request too large";
		return ERR_LIMIT;
	}
	/* bytes behind an upgrade are frames already */
	return connection->state != CONNECTION_HTTP && connection->in.length > 0 ?
		subscriber_read(connection, reason) : 0;
}
