#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "support_analyzer.h"

static const char *answer_to(const struct analyzer_stand *stand, const char *query)
{
	for (unsigned i = 0; i < ANALYZER_ANSWERS && stand->answers[i].part != NULL; i++) {
		if (strstr(query, stand->answers[i].part) != NULL)
			return stand->answers[i].body;
	}
	return "[]";
}

static void speak(struct analyzer_peer *peer)
{
	dprintf(peer->source.fd, "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n\r\n%s", peer->stand->status, strlen(peer->owed),
		peer->owed);
	peer->owed = NULL;
}

static void serve(struct analyzer_peer *peer, const char *body)
{
	struct analyzer_stand *stand = peer->stand;
	json_t *request = json_loads(body, 0, NULL);
	const char *query = json_string_value(json_object_get(request, "GremlinQuery"));

	assert_non_null(query);
	peer->owed = answer_to(stand, query);
	stand->queries++;
	if (!stand->silent)
		speak(peer);
	json_decref(request);
}

void analyzer_speaks(struct analyzer_stand *stand)
{
	stand->silent = false;
	for (unsigned i = 0; i < ANALYZER_CONNECTIONS; i++) {
		if (stand->peers[i].source.fd >= 0 && stand->peers[i].owed != NULL)
			speak(&stand->peers[i]);
	}
}

static void peer_end(struct analyzer_peer *peer)
{
	loop_remove(peer->stand->loop, &peer->source);
	close(peer->source.fd);
	peer->source.fd = -1;
}

static void peer_ready(struct loop_source *source, uint32_t events)
{
	struct analyzer_peer *peer = source->owner;
	ssize_t got = read(source->fd, peer->in + peer->length, sizeof(peer->in) - 1 - peer->length);
	char *end, *length;

	(void)events;
	if (got <= 0) {
		peer_end(peer);
		return;
	}
	peer->length += (size_t)got;
	peer->in[peer->length] = '\0';
	end = strstr(peer->in, "\r\n\r\n");
	length = strcasestr(peer->in, "content-length:");
	if (end == NULL || length == NULL || strlen(end + 4) < strtoul(length + 15, NULL, 10))
		return;
	peer->length = 0;
	serve(peer, end + 4);
}

static void accepts(struct loop_source *source, uint32_t events)
{
	struct analyzer_stand *stand = source->owner;
	struct analyzer_peer *peer = stand->peers;

	(void)events;
	while (peer->source.fd >= 0)
		peer++;
	assert_true(peer < stand->peers + ANALYZER_CONNECTIONS);
	*peer = (struct analyzer_peer){ .stand = stand, .source = { .fd = accept(source->fd, NULL, NULL), .ready = peer_ready,
		.owner = peer } };
	assert_int_equal(loop_add(stand->loop, &peer->source, EPOLLIN, NULL), 0);
}

static void listens(struct analyzer_stand *stand)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(fd, ANALYZER_CONNECTIONS), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	snprintf(stand->address, sizeof(stand->address), "127.0.0.1:%u", ntohs(address.sin_port));
	stand->listener = (struct loop_source){ .fd = fd, .ready = accepts, .owner = stand };
	assert_int_equal(loop_add(stand->loop, &stand->listener, EPOLLIN, NULL), 0);
}

static void retry(void *owner)
{
	((struct analyzer_stand *)owner)->retries++;
}

static unsigned lag(void *owner)
{
	return ((struct analyzer_stand *)owner)->lag_permille;
}

static void health(void *owner, const struct topology_health *health)
{
	struct analyzer_stand *stand = owner;

	stand->told++;
	stand->answers_now = health->answers;
	snprintf(stand->reason, sizeof(stand->reason), "%s", health->reason);
	assert_int_equal(health->answers, health->message[0] == '\0');
}

void analyzer_init(struct analyzer_stand *stand)
{
	struct topology_options options = { .config = &stand->config, .retry = retry, .lag_permille = lag, .health = health,
		.owner = stand };
	static const char *addresses[1];

	*stand = (struct analyzer_stand){ .status = 200 };
	for (unsigned i = 0; i < ANALYZER_CONNECTIONS; i++)
		stand->peers[i].source.fd = -1;
	assert_int_equal(loop_new(&stand->loop, NULL), 0);
	listens(stand);
	addresses[0] = stand->address;
	stand->config = (struct pipeline_config){ .username = "", .password = "", .subscriber.url = "ws://127.0.0.1/",
		.analyzers = { addresses, 1 } };
	stand->batch.now_ns = clock_boottime_ns();
	options.loop = stand->loop;
	assert_int_equal(topology_new(&stand->topology, &options, NULL), 0);
}

void analyzer_fini(struct analyzer_stand *stand)
{
	topology_free(&stand->topology);
	for (unsigned i = 0; i < ANALYZER_CONNECTIONS; i++) {
		if (stand->peers[i].source.fd >= 0)
			peer_end(&stand->peers[i]);
	}
	loop_remove(stand->loop, &stand->listener);
	close(stand->listener.fd);
	loop_free(&stand->loop);
}

void analyzer_answer(struct analyzer_stand *stand, const char *part, const char *body)
{
	unsigned i = 0;

	while (stand->answers[i].part != NULL && strcmp(stand->answers[i].part, part) != 0)
		i++;
	assert_true(i < ANALYZER_ANSWERS);
	stand->answers[i].part = part;
	stand->answers[i].body = body;
}

enum topology_state analyzer_node_type(struct analyzer_stand *stand, int64_t later_ns, const char **type)
{
	return topology_node_type(stand->topology, TID, strlen(TID), stand->batch.now_ns + later_ns, type);
}
