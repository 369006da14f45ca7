/* Requests whose operation has not ended: their connection is suspended, and the supervisor is asked again. */
#include "api/server_private.h"
#include "common/clock.h"

static struct api_server *server_of(const struct http_request *request)
{
	return request->connection->daemon->listener->server;
}

/* No longer pending: the handler is called once more, by MHD_run, and sends. */
static void settle(struct http_request *request)
{
	struct api_server *server = server_of(request);

	loop_timer_cancel(server->loop, &request->limit);
	loop_remove(server->loop, &request->gone);
	if (request->next != NULL)
		request->next->previous = request->previous;
	if (request->previous != NULL)
		request->previous->next = request->next;
	else
		server->pending = request->next;
	request->next = request->previous = NULL;
	request->pending = false;
	MHD_resume_connection(request->connection->http);
	/* a resume alone wakes nothing */
	daemon_kick(request->connection->daemon);
}

static void ask(struct http_request *request, bool time_up)
{
	const struct api_ops *ops = server_of(request)->context.ops;
	struct exchange *exchange = &request->exchange;
	int result;

	answer_fini(&exchange->answer);
	exchange->now_ns = loop_now(server_of(request)->loop);
	result = ops->poll(ops->owner, request->ticket, time_up, &exchange->answer);
	if (result == API_PENDING && !time_up)
		return;
	exchange_finish(exchange, result == API_PENDING ? ERR_TIMEOUT : result);
	request->settled = true;
	settle(request);
}

static void on_limit(struct loop_timer *timer)
{
	ask(timer->owner, true);
}

static void on_gone(struct loop_source *source, uint32_t events)
{
	struct http_request *request = source->owner;
	const struct api_ops *ops = server_of(request)->context.ops;

	(void)events;
	ops->cancel(ops->owner, request->ticket);
	request->lost = true;
	settle(request);
}

/* libmicrohttpd does not look at the socket of a suspended connection: we do. */
static void watch_client(struct http_request *request)
{
	request->gone = (struct loop_source){ .fd = request->connection->fd, .ready = on_gone, .owner = request };
	loop_add(server_of(request)->loop, &request->gone, EPOLLRDHUP, NULL);
}

void pending_add(struct http_request *request)
{
	struct api_server *server = server_of(request);
	const struct api_answer *answer = &request->exchange.answer;
	int64_t limit_ms = answer->limit_ms > 0 ? answer->limit_ms : request->exchange.request.wait_ms;

	request->ticket = answer->ticket;
	request->pending = true;
	request->next = server->pending;
	if (request->next != NULL)
		request->next->previous = request;
	server->pending = request;
	sweep_step(request->connection, STEP_WAITING);
	MHD_suspend_connection(request->connection->http);
	watch_client(request);
	request->limit = (struct loop_timer){ .fire = on_limit, .owner = request };
	loop_timer_set(server->loop, &request->limit, loop_now(server->loop) + limit_ms * NS_PER_MS, NULL);
}

/* An answer may end others' waiting, never remove them from the list: `next` stays valid. */
void pending_ask_all(struct api_server *server, bool time_up)
{
	struct http_request *next;

	for (struct http_request *request = server->pending; request != NULL; request = next) {
		next = request->next;
		ask(request, time_up);
	}
}

void pending_changed(struct loop_timer *timer)
{
	pending_ask_all(timer->owner, false);
}

void api_server_changed(struct api_server *server)
{
	if (server->pending != NULL)
		loop_timer_set(server->loop, &server->ask, 0, NULL);
}
