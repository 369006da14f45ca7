#include "subscriber/subscriber.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "subscriber/publisher.h"
#include "subscriber/session.h"
#include "subscriber/settings.h"
#include "subscriber/transport.h"

enum { LAST_WORDS_MS = 1000 };

struct subscriber {
	struct loop *loop;
	struct ipc_channel *control;  /* NULL: orphaned */
	struct settings settings;
	struct settings settings_before;      /* of the connection that a widening ends */
	struct publisher *publisher;
	struct transport *transport;
	struct session *session;      /* NULL until configured */
	struct loop_timer timer;      /* the session's */
	bool ended;
	int exit_status;
};

static struct session_time now(void)
{
	return (struct session_time){ clock_boottime_ns(), clock_wall_ms() };
}

static void end(struct subscriber *subscriber, int status)
{
	subscriber->ended = true;
	subscriber->exit_status = status;
	/* the end may come from within the wait, which would go on until libwebsockets' next timer */
	if (subscriber->transport != NULL)
		transport_wake(subscriber->transport);
}

/* Takes the object over; NULL: an answer's text that is no UTF-8; the log has it. */
static void say(struct subscriber *subscriber, uint16_t type, json_t *object)
{
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text != NULL && subscriber->control != NULL)
		ipc_send(subscriber->control, type, 0, text, strlen(text), NULL);
	free(text);
	json_decref(object);
}

static void say_condition(struct subscriber *subscriber, bool up, const char *reason, const char *message,
	const char *field)
{
	say(subscriber, IPC_CONDITION, json_pack("{ss sb ss ss ss}", "type", "SubscriptionUp", "status", (int)up, "reason", reason,
		"message", message, "field", field));
}

static void fail(struct subscriber *subscriber, const struct err *err)
{
	log_error("%s", err->message);
	if (err->code == ERR_CONFIG)
		say_condition(subscriber, false, "config", err->message, "");
	end(subscriber, err->code == ERR_CONFIG ? SUBSCRIBER_CONFIG : SUBSCRIBER_FAILED);
}

/* After everything that may have moved the session. */
static void arm(struct subscriber *subscriber)
{
	int64_t due = session_due(subscriber->session);

	if (due == INT64_MAX)
		loop_timer_cancel(subscriber->loop, &subscriber->timer);
	else
		loop_timer_set(subscriber->loop, &subscriber->timer, due, NULL);
}

static void session_is_due(struct loop_timer *timer)
{
	struct subscriber *subscriber = timer->owner;

	session_tick(subscriber->session, now());
	arm(subscriber);
}

/* ---- the session acts ---- */

static int act_connect(void *owner, const struct url *url, const struct tls_options *tls, struct err *err)
{
	struct subscriber *subscriber = owner;

	return transport_connect(subscriber->transport, url, tls, err);
}

static int act_send(void *owner, const char *bytes, size_t length, struct err *err)
{
	struct subscriber *subscriber = owner;

	return transport_send(subscriber->transport, bytes, length, err);
}

static void act_finish(void *owner)
{
	struct subscriber *subscriber = owner;

	transport_finish(subscriber->transport);
}

static void act_abort(void *owner)
{
	struct subscriber *subscriber = owner;

	transport_abort(subscriber->transport);
}

static bool act_message(void *owner, char *payload, size_t length)
{
	struct subscriber *subscriber = owner;

	return publisher_message(subscriber->publisher, payload, length);
}

static void act_refused(void *owner, size_t length, const char *why)
{
	struct subscriber *subscriber = owner;

	publisher_refused(subscriber->publisher, length, why);
}

static void act_connected(void *owner, bool up)
{
	struct subscriber *subscriber = owner;

	publisher_connected(subscriber->publisher, up);
}

static void act_gap(void *owner, const struct ring_gap *gap)
{
	struct subscriber *subscriber = owner;

	publisher_gap(subscriber->publisher, gap);
	if (subscriber->control != NULL)
		ipc_send(subscriber->control, IPC_GAP, 0, gap, sizeof(*gap), NULL);
}

static void act_condition(void *owner, const struct session_condition *condition)
{
	struct subscriber *subscriber = owner;

	if (condition->up)
		log_info("%s", condition->message);
	else
		log_warn("%s reason=%s%s%s", condition->message, condition->reason, condition->field[0] ? " field=" : "",
			condition->field);
	say_condition(subscriber, condition->up, condition->reason, condition->message, condition->field);
}

static void act_retry(void *owner, unsigned tries, int64_t next_ns)
{
	say(owner, IPC_RETRY, json_pack("{ss sI sI}", "type", "SubscriptionUp", "tries", (json_int_t)tries, "next_ns",
		(json_int_t)next_ns));
}

static void act_stopped(void *owner)
{
	end(owner, SUBSCRIBER_DONE);
}

static const struct session_ops session_ops = {
	.connect = act_connect, .send = act_send, .finish = act_finish, .abort = act_abort, .message = act_message,
	.refused = act_refused, .connected = act_connected, .gap = act_gap, .condition = act_condition,
	.retry = act_retry, .stopped = act_stopped,
};

/* ---- the transport tells ---- */

static void transport_up(void *owner)
{
	struct subscriber *subscriber = owner;

	session_transport_connected(subscriber->session, now());
	arm(subscriber);
}

static void transport_bytes(void *owner, char *bytes, size_t length)
{
	struct subscriber *subscriber = owner;

	session_transport_received(subscriber->session, bytes, length, now());
	arm(subscriber);
}

static void transport_down(void *owner, const struct err *err)
{
	struct subscriber *subscriber = owner;

	session_transport_closed(subscriber->session, err, now());
	arm(subscriber);
}

static const struct transport_events transport_events = { transport_up, transport_bytes, transport_down };

/* ---- the supervisor orders ---- */

static int start(struct subscriber *subscriber, const char *text, size_t length, struct err *err)
{
	struct settings *settings = &subscriber->settings;
	struct session_past past = { 0 };
	bool restarted = false;
	int error = settings_parse(settings, text, length, err);

	log_init("subscriber", settings->scope, (enum log_level)settings->log_level);
	if (error == 0)
		error = publisher_new(&subscriber->publisher, subscriber->loop, FD_RING, FD_WAKE, settings->readers, &restarted,
			&past.since_ms, err);
	if (error == 0)
		error = transport_new(&subscriber->transport, subscriber->loop, &transport_events, subscriber, err);
	if (error != 0)
		return error;
	past.gap = restarted ? GAP_SUBSCRIBER : 0;
	past.flows = publisher_had_flows(subscriber->publisher);
	error = session_new(&subscriber->session, &settings->session, &session_ops, subscriber, now(), &past, err);
	if (error != 0)
		return error;
	arm(subscriber);
	return ipc_send(subscriber->control, IPC_READY, 0, NULL, 0, err);
}

static bool same_namespaces(const char *const *one, const char *const *other)
{
	for (; *one != NULL && *other != NULL; one++, other++) {
		if (strcmp(*one, *other) != 0)
			return false;
	}
	return *one == *other;
}

/* What changes while a subscriber runs: how many read, and what it subscribes to, by one reconnect. The connection that
 * ends with that uses the old settings to its end. */
static int change(struct subscriber *subscriber, const char *text, size_t length, struct err *err)
{
	struct settings changed;
	int error = settings_parse(&changed, text, length, err);

	if (error == 0)
		publisher_set_readers(subscriber->publisher, changed.readers);
	if (error != 0 || same_namespaces(subscriber->settings.session.namespaces, changed.session.namespaces)) {
		settings_fini(&changed);
		return error;
	}
	settings_fini(&subscriber->settings_before);
	subscriber->settings_before = subscriber->settings;
	subscriber->settings = changed;
	session_reconfigure(subscriber->session, &subscriber->settings.session, now());
	return 0;
}

static void configure(struct subscriber *subscriber, const char *text, size_t length)
{
	struct err err;

	if (subscriber->session != NULL) {
		if (change(subscriber, text, length, &err) != 0)
			log_warn("another configuration: %s", err.message);
	} else if (start(subscriber, text, length, &err) != 0) {
		fail(subscriber, &err);
	}
}

/* Publish what there is, say goodbye, end. */
static void stop(struct subscriber *subscriber)
{
	if (subscriber->session == NULL) {
		end(subscriber, SUBSCRIBER_DONE);
		return;
	}
	session_stop(subscriber->session, now());
	publisher_close(subscriber->publisher);
	arm(subscriber);
}

static void take_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct subscriber *subscriber = owner;

	(void)id;
	switch (type) {
	case IPC_CONFIG:
		configure(subscriber, payload, length);
		break;
	case IPC_SHUTDOWN:
		stop(subscriber);
		break;
	case IPC_LOG_LEVEL:
		log_set_level_name(payload);
		break;
	case IPC_CHECK:
		if (subscriber->session != NULL)
			session_check(subscriber->session, now());
		break;
	default:
		log_warn("message of unknown type %u from the supervisor", type);
	}
	if (subscriber->session != NULL)
		arm(subscriber);
}

/* Orphaned: nobody will read what comes from now on, and the workers need to see the end. */
static void supervisor_gone(void *owner, const struct err *err)
{
	struct subscriber *subscriber = owner;

	ipc_free(&subscriber->control);
	if (subscriber->ended)
		return;
	/* the supervisor lives, and starts one that hears it; the epoch goes on */
	if (err->code != ERR_CLOSED) {
		log_error("control channel: %s", err->message);
		end(subscriber, SUBSCRIBER_FAILED);
		return;
	}
	log_warn("the supervisor has gone (%s): closing the epoch", err->message);
	stop(subscriber);
}

/* ---- life ---- */

static int init(struct subscriber *subscriber, struct err *err)
{
	static const struct ipc_handler handler = { take_message, supervisor_gone };
	int error = loop_new(&subscriber->loop, err);

	subscriber->timer = (struct loop_timer){ .fire = session_is_due, .owner = subscriber };
	if (error == 0)
		error = ipc_new(&subscriber->control, subscriber->loop, FD_CONTROL, &handler, subscriber, err);
	return error;
}

static void fini(struct subscriber *subscriber)
{
	session_free(&subscriber->session);
	transport_free(&subscriber->transport);
	publisher_free(&subscriber->publisher);
	settings_fini(&subscriber->settings);
	settings_fini(&subscriber->settings_before);
	ipc_free(&subscriber->control);
	loop_free(&subscriber->loop);
}

int subscriber_run(void)
{
	struct subscriber subscriber = { .exit_status = SUBSCRIBER_FAILED };
	struct err err = { 0 };
	int error = init(&subscriber, &err);

	while (error == 0 && !subscriber.ended)
		error = subscriber.transport != NULL ? transport_wait(subscriber.transport, &err)
						     : loop_run_once(subscriber.loop, -1, &err);
	if (error != 0)
		fail(&subscriber, &err);
	if (subscriber.control != NULL)
		ipc_flush(subscriber.control, LAST_WORDS_MS, NULL);
	fini(&subscriber);
	return subscriber.exit_status;
}
