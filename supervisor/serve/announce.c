/* What the service manager is told: when the API answers, that the loop turns, and in a line how the pipelines are. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/served.h"

enum { BEAT_S = 10, BEATS_PER_WATCHDOG = 3, HANDOVER_MARGIN_S = 20, START_S = 300 };

/* "3 pipelines: 2 running, 1 degraded" */
static void describe(const struct serve *serve, char *text, size_t size)
{
	unsigned counts[PIPELINE_STATES] = { 0 };
	const char *before = ": ";
	size_t used;

	for (size_t i = 0; i < serve->served_count; i++)
		counts[pipeline_state(serve->served[i]->pipeline)]++;
	used = (size_t)snprintf(text, size, "%zu pipeline%s", serve->served_count, serve->served_count == 1 ? "" : "s");
	for (unsigned state = 0; state < PIPELINE_STATES; state++) {
		if (counts[state] == 0)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%u %s", before, counts[state],
			pipeline_state_name((enum pipeline_state)state));
		before = ", ";
	}
}

/* Only what is news. */
static void tell_status(struct serve *serve)
{
	char text[sizeof(serve->announced)];

	describe(serve, text, sizeof(text));
	if (strcmp(text, serve->announced) == 0)
		return;
	memcpy(serve->announced, text, sizeof(text));
	notify_say(&serve->notify, "STATUS=%s%s", serve->stopping ? "handing over; " : "", text);
}

static void beat(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;
	int64_t pause = serve->notify.watchdog_ns / BEATS_PER_WATCHDOG;

	if (pause > 0)
		notify_say(&serve->notify, "WATCHDOG=1");
	if (pause == 0 || pause > BEAT_S * NS_PER_S)
		pause = BEAT_S * NS_PER_S;
	tell_status(serve);
	loop_timer_set(serve->loop, timer, loop_now(serve->loop) + pause, NULL);
}

static void set_watchdog(const struct serve *serve, int64_t ns)
{
	if (serve->notify.watchdog_ns > 0)
		notify_say(&serve->notify, "WATCHDOG_USEC=%lld", (long long)(ns / 1000));
}

/* In the loop's first round: from here on it answers. */
static void ready(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;

	notify_say(&serve->notify, "READY=1");
	set_watchdog(serve, serve->notify.watchdog_ns);
	timer->fire = beat;
	beat(timer);
}

void announce_open(struct serve *serve)
{
	struct err err;

	if (notify_open(&serve->notify, &err) != 0)
		log_warn("the service manager is told nothing: %s", err.message);
	serve->beat = (struct loop_timer){ .fire = ready, .owner = serve };
}

void announce_ready(struct serve *serve)
{
	if (serve->notify.fd >= 0)
		loop_timer_set(serve->loop, &serve->beat, 0, NULL);
}

void announce_reload(struct serve *serve, bool begins)
{
	struct timespec now;

	if (!begins) {
		notify_say(&serve->notify, "READY=1");
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_say(&serve->notify, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* It goes on watching over an upgrade, and the next image may have a large database to bring up to date before its loop turns. */
void announce_exec(struct serve *serve, bool begins)
{
	int64_t patience = serve->notify.watchdog_ns > START_S * NS_PER_S ? serve->notify.watchdog_ns : START_S * NS_PER_S;

	set_watchdog(serve, begins ? patience : serve->notify.watchdog_ns);
}

/* However short the time is that the manager gives for a stop: its --drain-timeout was the operator's wish. */
void announce_stop(struct serve *serve)
{
	notify_say(&serve->notify, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
		((long long)serve->options.drain_timeout_s + HANDOVER_MARGIN_S) * 1000000);
	serve->announced[0] = '\0';
	tell_status(serve);
}

void announce_close(struct serve *serve)
{
	if (serve->loop != NULL)
		loop_timer_cancel(serve->loop, &serve->beat);
	notify_close(&serve->notify);
}
