#include "tests/tools/analyzer/publisher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/tools/analyzer/server.h"
#include "tests/tools/analyzer/subscriber.h"

/* AHEAD: messages rendered ahead of the fastest client when nothing else bounds the pace. */
enum { AHEAD = 32, PUBLISH_AT_ONCE = 256, LOOP_GAP_MS = 5000 };

static void set_timer(struct publisher *publisher, struct loop_timer *timer, int64_t due_ns)
{
	struct err err;

	if (loop_timer_set(publisher->server->loop, timer, due_ns, &err) != 0)
		log_error("timer: %s", err.message);
}

static bool is_known(const struct publisher *publisher, const char *namespace)
{
	for (unsigned i = 0; i < publisher->known_count; i++) {
		if (strcmp(publisher->known[i], namespace) == 0)
			return true;
	}
	return false;
}

static void forget_all(struct publisher *publisher)
{
	for (unsigned i = 0; i < publisher->known_count; i++)
		free((void *)publisher->known[i]);
	publisher->known_count = 0;
}

static void wipe(struct loop_timer *timer)
{
	struct publisher *publisher = timer->owner;

	forget_all(publisher);
	history_event(publisher->server->history, "silenced", "%s", "");
}

void publisher_disconnected(struct publisher *publisher)
{
	set_timer(publisher, &publisher->wipe,
		loop_now(publisher->server->loop) + publisher->server->options->wipe_delay_ms * NS_PER_MS);
}

static bool is_paced(const struct options *options)
{
	return options->messages_per_second > 0 || options->flows_per_second > 0 || options->real_pace;
}

static int count_subscribers(const struct server *server)
{
	int count = 0;

	for (const struct connection *c = server->connections; c != NULL; c = c->next)
		count += c->state == CONNECTION_SUBSCRIBER;
	return count;
}

void publisher_subscribed(struct publisher *publisher, const struct connection *connection)
{
	const struct options *options = publisher->server->options;

	for (unsigned i = 0; i < connection->namespace_count; i++) {
		const char *namespace = connection->namespaces[i];

		if (!is_known(publisher, namespace) && publisher->known_count < KNOWN_MAX)
			publisher->known[publisher->known_count++] = strdup(namespace);
	}
	if (options->start_with > 0 && count_subscribers(publisher->server) >= options->start_with)
		publisher_start(publisher);
	publisher_poke(publisher);
}

/* The capture that a namespace filters by; NULL for "flow" and everything else. */
static const char *capture_of(const char *namespace)
{
	return strncmp(namespace, "flow/", 5) == 0 ? namespace + 5 : NULL;
}

/* Hands the item to the connection once for each of its namespaces that it belongs to. */
static void offer(struct publisher *publisher, struct connection *connection, const struct item *item,
	const char *namespace)
{
	for (unsigned i = 0; i < connection->namespace_count; i++) {
		const char *wanted = connection->namespaces[i];
		bool same = strcmp(wanted, namespace) == 0;
		const char *capture = same ? NULL : capture_of(wanted);

		if (!is_known(publisher, wanted) || (!same && (capture == NULL || strcmp(namespace, "flow") != 0)))
			continue;
		if (item->message == NULL ? same : item_matches(item, capture))
			subscriber_push(connection, item, capture);
	}
}

static void broadcast(struct publisher *publisher, const struct item *item, const char *namespace)
{
	for (struct connection *c = publisher->server->connections; c != NULL; c = c->next) {
		if (c->state == CONNECTION_SUBSCRIBER)
			offer(publisher, c, item, namespace);
	}
}

int publisher_send_raw(struct publisher *publisher, const char *namespace, const void *text, size_t length)
{
	struct item item = { .raw = raw_new(namespace, text, length) };

	if (item.raw == NULL)
		return ERR_NO_MEMORY;
	broadcast(publisher, &item, namespace);
	raw_release(&item.raw);
	return 0;
}

int publisher_send_garbage(struct publisher *publisher)
{
	static const char *const kinds[] = {
		"this is not JSON",
		"{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"0\",\"Status\":200,\"Obj\":[{\"UUID\":\"f",
		"{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":5}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		"{}", "null", "\"\\ud800\"", "",
		"{\"Namespace\":\"flow\",\"Type\":\"store\",\"Status\":\"x\",\"Obj\":\"[]\"}",
	};
	const char *text = kinds[publisher->garbage++ % (sizeof(kinds) / sizeof(kinds[0]))];

	return publisher_send_raw(publisher, "flow", text, strlen(text));
}

static bool garbage_is_due(struct publisher *publisher)
{
	/* xorshift: the same run gives the same garbage */
	publisher->random ^= publisher->random << 13;
	publisher->random ^= publisher->random >> 7;
	publisher->random ^= publisher->random << 17;
	return publisher->random % 100 < publisher->server->options->garbage_percent;
}

/* A recording's length in time, for looped times that go on where the last loop ended. */
static int64_t loop_span_ms(const struct recording *recording)
{
	if (!recording->timed)
		return 0;
	return recording->messages[recording->count - 1].arrival_ms - recording->messages[0].arrival_ms + LOOP_GAP_MS;
}

static int64_t shift_of(const struct publisher *publisher, const struct message *message)
{
	const struct options *options = publisher->server->options;

	if (options->retime)
		return clock_wall_ms() - message->arrival_ms;
	if (options->identity == IDENTITY_FLOW)
		return publisher->loop * loop_span_ms(&publisher->server->recording);
	return 0;
}

static void end(struct publisher *publisher)
{
	publisher->ended = true;
	loop_timer_cancel(publisher->server->loop, &publisher->due);
	loop_timer_cancel(publisher->server->loop, &publisher->deadline);
}

/* To the next message, or to the end. */
static void advance(struct publisher *publisher)
{
	const struct options *options = publisher->server->options;

	if (++publisher->position == publisher->server->recording.count) {
		publisher->position = 0;
		publisher->loop++;
		if (options->loops != 0 && publisher->loop >= options->loops)
			end(publisher);
	}
	if (options->max_flows != 0 && publisher->serial >= options->max_flows)
		end(publisher);
}

static const struct message *publish(struct publisher *publisher)
{
	const struct message *message = &publisher->server->recording.messages[publisher->position];
	struct item item = { .message = message, .serial = publisher->serial, .number = ++publisher->number,
		.loop = publisher->loop, .shift_ms = shift_of(publisher, message) };

	broadcast(publisher, &item, message->namespace[0] != '\0' ? message->namespace : "flow");
	publisher->serial += message->flow_count;
	if (publisher->server->options->garbage_percent > 0 && garbage_is_due(publisher))
		publisher_send_garbage(publisher);
	advance(publisher);
	return message;
}

/* Whether the broadcast must wait: nobody listens, or somebody's queue is full. */
static bool must_wait(const struct publisher *publisher)
{
	const struct options *options = publisher->server->options;

	if (options->hold && (publisher->known_count == 0 || count_subscribers(publisher->server) == 0))
		return true;
	for (const struct connection *c = publisher->server->connections; c != NULL; c = c->next) {
		if (c->state == CONNECTION_SUBSCRIBER && !options->drop_when_full && c->queue_count >= options->queue)
			return true;
	}
	return false;
}

static unsigned shortest_queue(const struct server *server)
{
	unsigned shortest = UINT32_MAX;

	for (const struct connection *c = server->connections; c != NULL; c = c->next) {
		if (c->state == CONNECTION_SUBSCRIBER && !c->hung && c->queue_count < shortest)
			shortest = c->queue_count;
	}
	return shortest;
}

static bool may_publish(const struct publisher *publisher)
{
	return publisher->started && !publisher->paused && !publisher->ended && !publisher->server->silent;
}

static int64_t interval_ns(const struct publisher *publisher, const struct message *message)
{
	const struct options *options = publisher->server->options;
	const struct message *next = &publisher->server->recording.messages[publisher->position];

	if (options->real_pace)
		return publisher->position == 0 ? LOOP_GAP_MS * NS_PER_MS :
			(next->arrival_ms - message->arrival_ms) * NS_PER_MS;
	if (options->messages_per_second > 0)
		return (int64_t)llround(1e9 / options->messages_per_second);
	return (int64_t)llround(1e9 * message->flow_count / options->flows_per_second);
}

static void publish_due(struct publisher *publisher)
{
	int64_t now = loop_now(publisher->server->loop);

	for (unsigned i = 0; i < PUBLISH_AT_ONCE && may_publish(publisher) && publisher->next_ns <= now; i++) {
		publisher->stalled = must_wait(publisher);
		if (publisher->stalled)
			return;
		publisher->next_ns += interval_ns(publisher, publish(publisher));
	}
	if (may_publish(publisher))
		set_timer(publisher, &publisher->due, publisher->next_ns);
	publisher_check_finished(publisher);
}

static void due(struct loop_timer *timer)
{
	publish_due(timer->owner);
}

static void deadline(struct loop_timer *timer)
{
	struct publisher *publisher = timer->owner;

	end(publisher);
	publisher_check_finished(publisher);
}

/* As fast as taken: the fastest client is kept busy; the slowest stops it when its queue is full. */
static void publish_ahead(struct publisher *publisher)
{
	for (unsigned i = 0; i < PUBLISH_AT_ONCE && may_publish(publisher); i++) {
		if (must_wait(publisher) || shortest_queue(publisher->server) >= AHEAD)
			break;
		publish(publisher);
	}
	publisher_check_finished(publisher);
}

void publisher_poke(struct publisher *publisher)
{
	if (!may_publish(publisher))
		return;
	if (!is_paced(publisher->server->options)) {
		publish_ahead(publisher);
	} else if (publisher->stalled) {
		/* what could not be sent is not made up for: the pace goes on from now */
		publisher->next_ns = loop_now(publisher->server->loop);
		publish_due(publisher);
	}
}

void publisher_start(struct publisher *publisher)
{
	const struct server *server = publisher->server;

	if (publisher->started)
		return;
	publisher->started = true;
	publisher->stalled = true;
	if (server->recording.count == 0)
		end(publisher);
	if (server->options->seconds > 0)
		set_timer(publisher, &publisher->deadline,
			loop_now(server->loop) + (int64_t)(server->options->seconds * 1e9));
	history_event(server->history, "started", "%s", "");
	publisher_poke(publisher);
}

void publisher_pause(struct publisher *publisher, bool paused)
{
	publisher->paused = paused;
	publisher->stalled = true;
	publisher_poke(publisher);
}

void publisher_check_finished(struct publisher *publisher)
{
	if (!publisher->ended || publisher->told)
		return;
	for (const struct connection *c = publisher->server->connections; c != NULL; c = c->next) {
		if (c->state == CONNECTION_SUBSCRIBER && (c->queue_count > 0 || c->mark_count > 0) && !c->hung)
			return;
	}
	publisher->told = true;
	for (struct connection *c = publisher->server->connections; c != NULL; c = c->next)
		history_written(publisher->server->history, c->id, &c->written);
	history_event(publisher->server->history, "finished", ",\"flows\":%llu,\"messages\":%llu,\"garbage\":%llu",
		(unsigned long long)publisher->serial, (unsigned long long)publisher->number,
		(unsigned long long)publisher->garbage);
}

void publisher_init(struct publisher *publisher, struct server *server)
{
	*publisher = (struct publisher){ .server = server, .random = UINT64_C(0x9e3779b97f4a7c15) };
	publisher->due = (struct loop_timer){ .fire = due, .owner = publisher };
	publisher->deadline = (struct loop_timer){ .fire = deadline, .owner = publisher };
	publisher->wipe = (struct loop_timer){ .fire = wipe, .owner = publisher };
}

void publisher_fini(struct publisher *publisher)
{
	forget_all(publisher);
	end(publisher);
	loop_timer_cancel(publisher->server->loop, &publisher->wipe);
}
