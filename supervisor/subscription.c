#include "supervisor/subscription.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/fnv.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/fleet.h"
#include "supervisor/run_store.h"
#include "supervisor/subscription_private.h"
#include "supervisor/usage.h"

static int spawn(struct subscription *subscription, struct err *err);

/* ---- identity ---- */

/* Names the destination without its credentials in a file of the data folder. */
static void make_key(const struct pipeline_config *config, char *key)
{
	const char *const parts[] = { config->subscriber.url, config->username, config->tls.ca_file,
		config->tls.cert_file, config->tls.key_file };
	uint64_t hash = FNV_BASE ^ config->subscriber.silence_timeout;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hash = fnv_hash(hash, parts[i], strlen(parts[i]) + 1);
	snprintf(key, KEY_SIZE, "%016llx", (unsigned long long)hash);
}

bool subscription_fits(const struct subscription *subscription, const struct pipeline_config *config)
{
	const struct pipeline_config *mine = subscription->config;

	return strcmp(mine->subscriber.url, config->subscriber.url) == 0 &&
		strcmp(mine->username, config->username) == 0 && strcmp(mine->password, config->password) == 0 &&
		strcmp(mine->tls.ca_file, config->tls.ca_file) == 0 &&
		strcmp(mine->tls.cert_file, config->tls.cert_file) == 0 &&
		strcmp(mine->tls.key_file, config->tls.key_file) == 0 && mine->tls.verify == config->tls.verify &&
		mine->subscriber.silence_timeout == config->subscriber.silence_timeout;
}

int subscription_new(struct subscription **out, struct fleet *fleet, const struct pipeline_config *config,
	struct err *err)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));

	*out = subscription;
	if (subscription == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
	subscription->fleet = fleet;
	subscription->config = config;
	subscription->ring_fd = subscription->read_fd = subscription->wake_fd = -1;
	make_key(config, subscription->key);
	return 0;
}

void subscription_free(struct subscription **out)
{
	struct subscription *subscription = *out;

	if (subscription == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(subscription->fleet->loop, &subscription->restart);
	child_free(&subscription->child);
	ring_reader_close(&subscription->ring);
	if (subscription->ring_fd >= 0)
		close(subscription->ring_fd);
	if (subscription->read_fd >= 0)
		close(subscription->read_fd);
	if (subscription->wake_fd >= 0)
		close(subscription->wake_fd);
	free(subscription->captures);
	free(subscription);
}

void subscription_join(struct subscription *subscription, const struct pipeline_config *config)
{
	const char **captures = realloc(subscription->captures, (subscription->readers + 1) * sizeof(*captures));

	if (captures == NULL)
		abort();
	subscription->captures = captures;
	captures[subscription->readers++] = config->subscriber.capture_id;
}

void subscription_set_host_id(struct subscription *subscription, const char *host_id, const char *field)
{
	snprintf(subscription->host_id, sizeof(subscription->host_id), "%s", host_id);
	snprintf(subscription->host_id_field, sizeof(subscription->host_id_field), "%s", field);
}

/* ---- the subscriber process ---- */

/* Every pipeline names a capture: one line for each, else the one that carries them all. */
static json_t *namespaces(const struct subscription *subscription)
{
	json_t *list = json_array();
	bool all = false;

	for (size_t i = 0; i < subscription->readers; i++)
		all = all || subscription->captures[i][0] == '\0';
	if (all) {
		json_array_append_new(list, json_string("flow"));
	} else {
		for (size_t i = 0; i < subscription->readers; i++)
			json_array_append_new(list, json_sprintf("flow/%s", subscription->captures[i]));
	}
	json_array_append_new(list, json_string("stats"));
	return list;
}

static json_t *configuration(const struct subscription *subscription)
{
	const struct pipeline_config *config = subscription->config;

	return json_pack("{ss ss ss so ss ss s{ss ss ss sb} si si ss ss}", "url", config->subscriber.url, "host_id",
		subscription->host_id, "host_id_field", subscription->host_id_field, "namespaces",
		namespaces(subscription), "username", config->username, "password", config->password, "tls", "ca_file",
		config->tls.ca_file, "cert_file", config->tls.cert_file, "key_file", config->tls.key_file, "verify",
		(int)config->tls.verify, "silence_timeout_s", (int)config->subscriber.silence_timeout, "readers",
		(int)subscription->readers, "scope", config->subscriber.url, "log_level",
		subscription->fleet->options.log_level);
}

static void subscriber_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct subscription *subscription = owner;
	struct ring_gap gap;

	(void)id;
	if (type == IPC_CONDITION)
		conditions_take(&subscription->conditions, payload, length);
	if (type == IPC_GAP && length == sizeof(gap)) {
		memcpy(&gap, payload, sizeof(gap));
		gap_list_add(&subscription->gaps, &gap);
	}
}

static void restart_later(struct subscription *subscription, const char *reason)
{
	int64_t now = clock_boottime_ns();
	int64_t delay = backoff_delay(&subscription->backoff, now);

	log_error("subscriber of %s %s; it starts again in %.1f s", subscription->config->subscriber.url, reason,
		(double)delay / NS_PER_S);
	subscription->restarts++;
	conditions_clear(&subscription->conditions);
	loop_timer_set(subscription->fleet->loop, &subscription->restart, now + delay, NULL);
}

static void restart_now(struct loop_timer *timer)
{
	struct subscription *subscription = timer->owner;
	struct err err;

	if (spawn(subscription, &err) != 0)
		restart_later(subscription, err.message);
}

/* A subscriber that did not close the epoch was killed, and none comes that could publish the gap behind it. */
static void note_last_gap(struct subscription *subscription)
{
	struct ring_gap gap = { .to_ms = clock_wall_ms(), .reason = GAP_SUBSCRIBER };
	struct ring_counters counters;

	if (!subscription->started || ring_closed(subscription->ring))
		return;
	subscription_counters(subscription, &counters);
	if (counters.last_message_ns == 0)
		return;
	gap.from_ms = gap.to_ms - (clock_boottime_ns() - (int64_t)counters.last_message_ns) / NS_PER_MS;
	gap_list_add(&subscription->gaps, &gap);
}

/* What is known of the epoch's end goes into the store before anything relies on it. */
static void end_epoch(struct subscription *subscription)
{
	struct err err;

	note_last_gap(subscription);
	subscription->over = true;
	subscription->epoch.last_sequence = subscription_head(subscription);
	subscription->epoch.last_wall_ms = clock_wall_ms();
	if (run_store_end_epoch(subscription->fleet->store, subscription->key, &subscription->epoch, &err) != 0)
		log_error("%s", err.message);
	fleet_subscription_ended(subscription->fleet);
}

static void subscriber_ended(void *owner, int status, const struct rusage *usage)
{
	struct subscription *subscription = owner;
	char text[96], reason[128];

	usage_add(&subscription->usage, usage);
	child_free(&subscription->child);
	/* it may have been killed between publishing and waking */
	eventfd_write(subscription->wake_fd, 1);
	if (subscription->closing) {
		end_epoch(subscription);
		return;
	}
	child_describe_end(status, text, sizeof(text));
	snprintf(reason, sizeof(reason), "ended unasked (%s)", text);
	restart_later(subscription, reason);
	fleet_check_others(subscription->fleet, subscription);
}

static int spawn(struct subscription *subscription, struct err *err)
{
	struct child_options options = {
		.loop = subscription->fleet->loop,
		.program = subscription->fleet->subscriber_program,
		.message = subscriber_message,
		.ended = subscriber_ended,
		.log_line = subscription->fleet->log_line,
		.owner = subscription,
	};
	int error;

	for (int i = 0; i < FD_CHILD_END; i++)
		options.fds[i] = -1;
	options.fds[FD_RING] = subscription->ring_fd;
	options.fds[FD_WAKE] = subscription->wake_fd;
	backoff_started(&subscription->backoff, clock_boottime_ns());
	error = child_spawn(&subscription->child, &options, err);
	if (error == 0)
		error = child_send_json(subscription->child, IPC_CONFIG, configuration(subscription), err);
	return error;
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

static int enter_epoch(struct subscription *subscription, struct err *err)
{
	subscription->epoch.last_sequence = UINT64_MAX;
	subscription->epoch.first_wall_ms = subscription->epoch.last_wall_ms = clock_wall_ms();
	clock_boot_id(subscription->epoch.boot_id);
	return run_store_add_epoch(subscription->fleet->store, subscription->key, &subscription->epoch, err);
}

int subscription_open(struct subscription *subscription, struct err *err)
{
	int error = make_ring(subscription, err);

	subscription->restart = (struct loop_timer){ .fire = restart_now, .owner = subscription };
	return error == 0 ? enter_epoch(subscription, err) : error;
}

void subscription_start(struct subscription *subscription)
{
	if (subscription->started || subscription->closing)
		return;
	subscription->started = true;
	restart_now(&subscription->restart);
}

void subscription_check(struct subscription *subscription)
{
	if (subscription->child != NULL)
		child_send(subscription->child, IPC_CHECK, 0, NULL, 0, NULL);
}

void subscription_shutdown(struct subscription *subscription)
{
	subscription->closing = true;
	if (subscription->child != NULL) {
		child_send(subscription->child, IPC_SHUTDOWN, 0, NULL, 0, NULL);
	} else if (!subscription->over) {
		loop_timer_cancel(subscription->fleet->loop, &subscription->restart);
		end_epoch(subscription);
	}
}

void subscription_kill(struct subscription *subscription)
{
	if (subscription->child != NULL)
		child_kill(subscription->child, SIGKILL);
}
