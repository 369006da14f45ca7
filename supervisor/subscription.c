#include "supervisor/subscription.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/enclosing.h"
#include "supervisor/fleet.h"
#include "supervisor/log_print.h"
#include "supervisor/memory.h"
#include "supervisor/subscription_private.h"

enum {
	EXIT_CONFIG = 2,
	START_S = 10,                 /* may pass before it starts, for workers to begin to read */
};

/* ---- the subscriber process ---- */

static json_t *configuration(const struct subscription *subscription)
{
	const struct destination *to = &subscription->destination;

	return json_pack("{ss ss ss sO ss ss s{ss ss ss sb} si si ss ss}", "url", to->url, "host_id",
		subscription->host_id, "host_id_field", subscription->host_id_field, "namespaces",
		subscription->subscribed, "username", to->username, "password", to->password, "tls", "ca_file",
		to->ca_file, "cert_file", to->cert_file, "key_file", to->key_file, "verify", (int)to->verify,
		"silence_timeout_s", (int)to->silence_timeout, "readers", (int)subscription->readers, "scope", to->url,
		"log_level", subscription->fleet->options.log_level);
}

/* A subscriber that is started anew gets what is needed now. */
static int configure(void *owner, struct child *child, struct err *err)
{
	struct subscription *subscription = owner;

	json_decref(subscription->subscribed);
	subscription->subscribed = namespaces_needed(subscription->captures, subscription->readers);
	return child_send_json(child, IPC_CONFIG, 0, configuration(subscription), err);
}

static void subscriber_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct subscription *subscription = owner;
	struct ring_gap gap;

	(void)id;
	if (type == IPC_CONDITION && conditions_take(&subscription->conditions, payload, length) != NULL)
		fleet_subscription_told(subscription->fleet, subscription);
	if (type == IPC_RETRY)
		conditions_retry(&subscription->conditions, payload, length);
	if (type == IPC_GAP && length == sizeof(gap)) {
		memcpy(&gap, payload, sizeof(gap));
		subscription_note_gap(subscription, &gap);
	}
}

static void start_later(void *owner, const char *reason)
{
	struct subscription *subscription = owner;
	int64_t delay = keeper_again(&subscription->keeper, INT64_MAX);

	log_error("subscriber of %s %s; it starts again in %.1f s", subscription->destination.url, reason,
		(double)delay / NS_PER_S);
	conditions_clear(&subscription->conditions);
	fleet_subscription_told(subscription->fleet, subscription);
}

/* It has said why in its last condition. */
static void give_up(struct subscription *subscription)
{
	const struct condition *condition = conditions_problem(&subscription->conditions);
	char reason[CONDITION_TEXT + 64];

	snprintf(reason, sizeof(reason), "subscriber refused its configuration%s%s", condition != NULL ? ": " : "",
		condition != NULL ? condition->message : "");
	subscription_end_epoch(subscription);
	subscription->failed = true;
	fleet_subscription_failed(subscription->fleet, subscription, reason);
	if (!subscription->fleet->draining)
		fleet_check_others(subscription->fleet, subscription);
}

static void subscriber_ended(void *owner, int status, const char *reason)
{
	struct subscription *subscription = owner;

	/* it may have been killed between publishing and waking */
	eventfd_write(subscription->wake_fd, 1);
	if (subscription->closing) {
		subscription_end_epoch(subscription);
		fleet_subscription_ended(subscription->fleet);
		if (!subscription->fleet->draining)
			fleet_check_others(subscription->fleet, subscription);
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG) {
		give_up(subscription);
		return;
	}
	start_later(subscription, reason);
	fleet_check_others(subscription->fleet, subscription);
}

static void subscriber_line(void *owner, const char *line)
{
	const struct subscription *subscription = owner;
	const struct log_origin origin = { .component = "subscriber", .scope = subscription->destination.url };

	log_print_child(line, &origin, subscription->fleet->log_line);
}

static void options(void *owner, struct child_options *options)
{
	const struct subscription *subscription = owner;

	options->program = subscription->fleet->subscriber_program;
	options->log_line = subscriber_line;
	options->log_owner = owner;
	enclosing_subscriber(&options->sandbox, &subscription->fleet->options.sandbox, &subscription->destination);
	options->fds[FD_RING] = subscription->ring_fd;
	options->fds[FD_WAKE] = subscription->wake_fd;
}

static const struct keeper_handler subscriber_handler = {
	.options = options,
	.configure = configure,
	.message = subscriber_message,
	.ended = subscriber_ended,
	.failed = start_later,
};

static void started_late(struct loop_timer *timer)
{
	struct subscription *subscription = timer->owner;

	if (!subscription->started && !subscription->closing)
		log_warn("subscriber of %s: it starts before all of its pipelines are ready", subscription->destination.url);
	subscription_start(subscription);
}

static void not_closed_in_time(struct loop_timer *timer)
{
	subscription_kill(timer->owner);
}

/* ---- making ---- */

struct subscription *subscription_make(struct fleet *fleet)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));

	if (subscription == NULL)
		return NULL;
	subscription->fleet = fleet;
	subscription->ring_fd = subscription->read_fd = subscription->wake_fd = -1;
	subscription->close_deadline = (struct loop_timer){ .fire = not_closed_in_time, .owner = subscription };
	subscription->noting = (struct loop_timer){ .fire = subscription_note_epoch, .owner = subscription };
	subscription->start_deadline = (struct loop_timer){ .fire = started_late, .owner = subscription };
	keeper_init(&subscription->keeper, fleet->loop, &subscriber_handler, subscription);
	return subscription;
}

int subscription_new(struct subscription **out, struct fleet *fleet, const struct pipeline_config *config,
	unsigned suffix, unsigned number, struct err *err)
{
	struct subscription *subscription = *out = subscription_make(fleet);
	int error;

	if (subscription == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
	subscription->number = number;
	subscription->suffix = suffix;
	error = destination_init(&subscription->destination, config, err);
	if (error == 0)
		destination_key(&subscription->destination, suffix, subscription->key);
	return error;
}

void subscription_free(struct subscription **out)
{
	struct subscription *subscription = *out;

	if (subscription == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(subscription->fleet->loop, &subscription->close_deadline);
	loop_timer_cancel(subscription->fleet->loop, &subscription->start_deadline);
	loop_timer_cancel(subscription->fleet->loop, &subscription->noting);
	keeper_fini(&subscription->keeper);
	ring_reader_close(&subscription->ring);
	if (subscription->ring_fd >= 0)
		close(subscription->ring_fd);
	if (subscription->read_fd >= 0)
		close(subscription->read_fd);
	if (subscription->wake_fd >= 0)
		close(subscription->wake_fd);
	for (size_t i = 0; i < subscription->readers; i++)
		free(subscription->captures[i]);
	free(subscription->captures);
	json_decref(subscription->subscribed);
	destination_fini(&subscription->destination);
	free(subscription);
}

/* A subscriber that runs and was told of less reconnects; one that runs anyway is told how many read. */
static void widen(struct subscription *subscription)
{
	json_t *needed = namespaces_needed(subscription->captures, subscription->readers);
	struct err err;

	if (!namespaces_cover(subscription->subscribed, needed)) {
		json_decref(subscription->subscribed);
		subscription->subscribed = json_incref(needed);
	}
	json_decref(needed);
	if (child_send_json(subscription->keeper.child, IPC_CONFIG, 0, configuration(subscription), &err) != 0)
		log_warn("subscriber of %s: telling it what is needed: %s", subscription->destination.url, err.message);
}

int subscription_adopt_reader(struct subscription *subscription, const char *capture, struct err *err)
{
	char **captures = realloc(subscription->captures, (subscription->readers + 1) * sizeof(*captures));

	if (captures != NULL) {
		subscription->captures = captures;
		captures[subscription->readers] = strdup(capture);
	}
	if (captures == NULL || captures[subscription->readers] == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
	subscription->readers++;
	return 0;
}

int subscription_join(struct subscription *subscription, const struct pipeline_config *config, struct err *err)
{
	int error = subscription_adopt_reader(subscription, config->subscriber.capture_id, err);

	if (error != 0)
		return error;
	if (subscription->keeper.child != NULL && !subscription->closing)
		widen(subscription);
	return 0;
}

size_t subscription_leave(struct subscription *subscription, const char *capture)
{
	for (size_t i = 0; i < subscription->readers; i++) {
		if (strcmp(subscription->captures[i], capture) != 0)
			continue;
		free(subscription->captures[i]);
		subscription->captures[i] = subscription->captures[--subscription->readers];
		break;
	}
	return subscription->readers;
}

void subscription_set_host_id(struct subscription *subscription, const char *host_id, const char *field)
{
	snprintf(subscription->host_id, sizeof(subscription->host_id), "%s", host_id);
	snprintf(subscription->host_id_field, sizeof(subscription->host_id_field), "%s", field);
}

static int make_ring(struct subscription *subscription, struct err *err)
{
	int error = ring_create(subscription->fleet->options.ring_size, &subscription->ring_fd, &subscription->epoch.epoch,
		err);

	if (error == 0)
		error = ring_reopen_read(subscription->ring_fd, &subscription->read_fd, err);
	if (error == 0)
		error = ring_reader_open(&subscription->ring, subscription->read_fd, err);
	if (error != 0)
		return error;
	subscription->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return subscription->wake_fd < 0 ? err_sys(err, errno, "eventfd") : 0;
}

int subscription_open(struct subscription *subscription, struct err *err)
{
	int error = make_ring(subscription, err);

	if (error == 0)
		error = subscription_enter_epoch(subscription, err);
	if (error == 0)
		error = loop_timer_set(subscription->fleet->loop, &subscription->start_deadline,
			clock_boottime_ns() + START_S * NS_PER_S, err);
	return error;
}

void subscription_start(struct subscription *subscription)
{
	if (subscription->started || subscription->closing)
		return;
	subscription->started = true;
	keeper_at(&subscription->keeper, subscription->not_before_ns);
}

void subscription_check(struct subscription *subscription)
{
	if (subscription->keeper.child != NULL)
		child_send(subscription->keeper.child, IPC_CHECK, 0, NULL, 0, NULL);
}

void subscription_tell_log_level(struct subscription *subscription)
{
	const char *level = subscription->fleet->options.log_level;

	if (subscription->keeper.child != NULL)
		child_send(subscription->keeper.child, IPC_LOG_LEVEL, 0, level, strlen(level), NULL);
}

void subscription_shutdown(struct subscription *subscription, int64_t wait_ns)
{
	subscription->closing = true;
	keeper_forget(&subscription->keeper);
	loop_timer_set(subscription->fleet->loop, &subscription->close_deadline, clock_boottime_ns() + wait_ns, NULL);
	if (subscription->keeper.child != NULL)
		child_send(subscription->keeper.child, IPC_SHUTDOWN, 0, NULL, 0, NULL);
	else if (!subscription->over)
		subscription_end_epoch(subscription);
}

void subscription_kill(struct subscription *subscription)
{
	keeper_kill(&subscription->keeper);
}
