/* Between libmicrohttpd and exchanges. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/server_private.h"

enum { FIELDS_MAX = 100 };

/* ---- connections ---- */

static void name_peer(struct connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection->http,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
	struct api_peer *peer = &connection->peer;
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	peer->local = connection->daemon->listener->local;
	peer->tls = !peer->local && connection->daemon->listener->server->tls.cert_file != NULL;
	if (peer->local) {
		bool known = getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;

		snprintf(peer->address, sizeof(peer->address), "unix:%ld", known ? (long)credentials.uid : -1L);
	} else if (address != NULL && address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, peer->address,
			sizeof(peer->address));
	} else if (address != NULL && address->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, peer->address,
			sizeof(peer->address));
	}
}

static void open_connection(struct daemon *daemon, struct MHD_Connection *http, void **context)
{
	struct api_server *server = daemon->listener->server;
	struct connection *connection = calloc(1, sizeof(*connection));

	/* without one, its request is refused: http_target() */
	*context = connection;
	if (connection == NULL)
		return;
	connection->daemon = daemon;
	connection->http = http;
	connection->fd = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	name_peer(connection);
	/* the first request must be whole at its deadline, whether it has begun or not */
	connection->step = STEP_READING;
	connection->since_ns = loop_now(server->loop);
	connection->next = server->connections;
	if (connection->next != NULL)
		connection->next->previous = connection;
	server->connections = connection;
	sweep_begin(server);
}

/* Nobody asks for it any more. NULL: there is none. */
static void free_request(struct http_request *request)
{
	if (request == NULL)
		return;
	request->connection->request = NULL;
	stream_detach(request);
	exchange_fini(&request->exchange);
	free(request->target);
	free(request);
}

static void close_connection(struct connection *connection)
{
	struct api_server *server = connection->daemon->listener->server;

	/* libmicrohttpd completes no request that it refuses by itself, as one with more arguments than it has room for */
	free_request(connection->request);
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		server->connections = connection->next;
	free(connection);
}

void http_connection(void *cls, struct MHD_Connection *http, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		open_connection(cls, http, context);
	else if (*context != NULL)
		close_connection(*context);
}

/* ---- requests ---- */

/* The request line has come. What is returned is the request of all later calls, up to http_completed(). */
void *http_target(void *cls, const char *target, struct MHD_Connection *http)
{
	struct daemon *daemon = cls;
	struct api_server *server = daemon->listener->server;
	struct connection *connection = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct http_request *request = connection != NULL ? calloc(1, sizeof(*request)) : NULL;

	if (request == NULL)
		return NULL;
	free_request(connection->request);
	request->connection = connection;
	request->target = strdup(target);
	if (request->target == NULL) {
		free(request);
		return NULL;
	}
	exchange_init(&request->exchange, &server->context, &connection->peer, request->target);
	connection->request = request;
	connection->body_bytes = 0;
	sweep_step(connection, STEP_READING);
	return request;
}

void http_completed(void *cls, struct MHD_Connection *http, void **pointer, enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *pointer;

	(void)cls;
	(void)http;
	(void)code;
	*pointer = NULL;
	if (request == NULL)
		return;
	sweep_step(request->connection, STEP_IDLE);
	free_request(request);
}

static struct MHD_Response *make_response(struct http_request *request)
{
	struct reply *reply = &request->exchange.reply;
	struct MHD_Response *response;

	/* for a HEAD libmicrohttpd would send the end of a chunked body, and no client reads that */
	if (request->exchange.head.method == METHOD_HEAD)
		reply_drop_stream(reply);
	if (reply->stream != NULL) {
		response = stream_respond(request, reply->stream);
		reply->stream = NULL;
		return response;
	}
	if (reply->fixed != NULL)
		return MHD_create_response_from_buffer(reply->length, (void *)reply->fixed, MHD_RESPMEM_PERSISTENT);
	if (reply->body == NULL)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		reply->body = NULL;
	return response;
}

/* The reply is made. MHD_NO cuts the connection. */
static enum MHD_Result send_reply(struct http_request *request)
{
	struct api_server *server = request->connection->daemon->listener->server;
	struct reply *reply = &request->exchange.reply;
	bool streaming = reply->stream != NULL && request->exchange.head.method != METHOD_HEAD;
	struct MHD_Response *response = make_response(request);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (reply->content_type != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
	for (size_t i = 0; i < reply->field_count; i++)
		MHD_add_response_header(response, reply->fields[i].name, reply->fields[i].value);
	if (server->draining)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	result = MHD_queue_response(request->connection->http, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	sweep_step(request->connection, streaming ? STEP_WAITING : STEP_ANSWERING);
	return result;
}

struct field_list {
	struct head_field fields[FIELDS_MAX];
	size_t count;
};

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct field_list *list = cls;

	(void)kind;
	if (list->count == FIELDS_MAX)
		return MHD_NO;
	list->fields[list->count++] = (struct head_field){ name, value != NULL ? value : "" };
	return MHD_YES;
}

/* An answer in this first call is sent at once and closes the connection: right when a body would have to be read for
 * nothing, or when nobody can say where the next request begins. */
static enum MHD_Result begin(struct http_request *request, const char *method, const char *version)
{
	struct exchange *exchange = &request->exchange;
	struct field_list list = { .count = 0 };
	bool malformed;
	int seen = MHD_get_connection_values(request->connection->http, MHD_HEADER_KIND, take_field, &list);

	request->begun = true;
	exchange->now_ns = loop_now(request->connection->daemon->listener->server->loop);
	request->result = exchange_begin(exchange, method, version, list.fields, list.count, &malformed);
	if (seen > FIELDS_MAX || (size_t)seen != list.count) {
		malformed = true;
		request->result = answer_refuse(&exchange->answer, 400, "request.malformed", "There are more than %d headers.",
			FIELDS_MAX);
	}
	if (request->result == 0 || (!malformed && !exchange->head.has_body))
		return MHD_YES;
	exchange_finish(exchange, request->result);
	request->settled = true;
	return send_reply(request);
}

static enum MHD_Result receive(struct http_request *request, const char *bytes, size_t *length)
{
	request->connection->body_bytes += *length;
	if (request->connection->body_bytes > request->exchange.body.cap + BODY_SWALLOWED_MAX)
		return MHD_NO;
	exchange_receive(&request->exchange, bytes, *length);
	*length = 0;
	return MHD_YES;
}

static enum MHD_Result respond(struct http_request *request)
{
	struct exchange *exchange = &request->exchange;

	if (request->lost)
		return MHD_NO;
	if (!request->settled) {
		exchange->now_ns = loop_now(request->connection->daemon->listener->server->loop);
		if (request->result == 0)
			request->result = exchange_run(exchange);
		if (request->result == API_PENDING) {
			pending_add(request);
			return MHD_YES;
		}
		exchange_finish(exchange, request->result);
		request->settled = true;
	}
	return send_reply(request);
}

enum MHD_Result http_handle(void *cls, struct MHD_Connection *http, const char *url, const char *method,
	const char *version, const char *bytes, size_t *length, void **pointer)
{
	struct http_request *request = *pointer;

	(void)cls;
	(void)http;
	(void)url;
	if (request == NULL)
		return MHD_NO;
	if (!request->begun)
		return begin(request, method, version);
	if (*length > 0)
		return receive(request, bytes, length);
	return respond(request);
}
