#include "supervisor/status_line.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ring.h"
#include "common/worker_page.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline.h"
#include "supervisor/subscription.h"

enum { TEXT_SIZE = 1024 };

/* One status line a process: there is one stderr. */
static struct {
	struct fleet *fleet;
	struct loop_timer timer;
	int64_t interval_ns;
	bool terminal;
	char shown[TEXT_SIZE];        /* on the terminal's last line; "" when nothing is */
	uint64_t last_flows;          /* at the last line, for the rate */
	int64_t last_ns;
} status;

struct totals {
	uint64_t flows, records, objects, bytes, lag, lost, malformed;
};

static uint64_t lost_flows(const struct account *account)
{
	return account->lost_ring + account->lost_error + account->lost_overflow + account->lost_spool;
}

static void add_up(struct fleet *fleet, struct totals *totals)
{
	*totals = (struct totals){ 0 };
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		struct ring_counters counters;

		subscription_counters(fleet->subscriptions[i], &counters);
		totals->flows += counters.flows;
		totals->malformed += counters.malformed;
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		struct worker_figures figures;

		pipeline_figures(fleet->pipelines[i], &figures);
		totals->records += figures.account.records_written;
		totals->objects += figures.account.objects_written;
		totals->bytes += figures.account.bytes_written;
		totals->lag += pipeline_lag(fleet->pipelines[i], &figures);
		totals->lost += lost_flows(&figures.account);
	}
}

/* The first thing that is wrong, and how many more. */
static void put_problems(struct fleet *fleet, char *text, size_t size)
{
	char problem[512], first[600] = "";
	unsigned count = 0;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		const struct condition *condition = subscription_problem(fleet->subscriptions[i]);

		if (condition != NULL && count++ == 0) {
			condition_describe(condition, problem, sizeof(problem));
			snprintf(first, sizeof(first), "%s", problem);
		}
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (pipeline_problem(fleet->pipelines[i], problem, sizeof(problem)) && count++ == 0)
			snprintf(first, sizeof(first), "%s: %s", pipeline_name(fleet->pipelines[i]), problem);
	}
	text[0] = '\0';
	if (count == 1)
		snprintf(text, size, " | %s", first);
	else if (count > 1)
		snprintf(text, size, " | %s (and %u more)", first, count - 1);
}

void status_line_text(struct fleet *fleet, char *text, size_t size)
{
	int64_t now = clock_boottime_ns();
	double seconds = (double)(now - status.last_ns) / NS_PER_S;
	char problems[700], malformed[48] = "";
	struct totals totals;

	add_up(fleet, &totals);
	put_problems(fleet, problems, sizeof(problems));
	if (totals.malformed > 0)
		snprintf(malformed, sizeof(malformed), " | malformed %" PRIu64, totals.malformed);
	snprintf(text, size, "flows %" PRIu64 " (%.0f/s) | records %" PRIu64 " | objects %" PRIu64 " (%.1f MB) | lag %" PRIu64
		" | lost %" PRIu64 "%s%s", totals.flows,
		seconds > 0 ? (double)(totals.flows - status.last_flows) / seconds : 0.0, totals.records, totals.objects,
		(double)totals.bytes / 1e6, totals.lag, totals.lost, malformed, problems);
	status.last_flows = totals.flows;
	status.last_ns = now;
}

static void clear_shown(void)
{
	if (status.shown[0] != '\0')
		fputs("\r\033[K", stderr);
}

static void show(const char *text)
{
	struct winsize window = { .ws_col = 80 };

	if (!status.terminal) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	/* a line that wraps could not be cleared again */
	ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
	clear_shown();
	snprintf(status.shown, sizeof(status.shown), "%.*s", window.ws_col > 1 ? window.ws_col - 1 : 79, text);
	fputs(status.shown, stderr);
	fflush(stderr);
}

static void tick(struct loop_timer *timer)
{
	char text[TEXT_SIZE];

	status_line_text(status.fleet, text, sizeof(text));
	show(text);
	loop_timer_set(status.fleet->loop, timer, timer->due_ns + status.interval_ns, NULL);
}

int status_line_start(struct fleet *fleet, unsigned interval_s, struct err *err)
{
	status.fleet = fleet;
	status.terminal = isatty(STDERR_FILENO);
	status.interval_ns = status.terminal ? NS_PER_S : interval_s * NS_PER_S;
	status.timer = (struct loop_timer){ .fire = tick };
	status.last_ns = clock_boottime_ns();
	if (status.interval_ns == 0)
		return 0;
	return loop_timer_set(fleet->loop, &status.timer, status.last_ns + status.interval_ns, err);
}

void status_line_stop(void)
{
	char text[TEXT_SIZE];

	if (status.fleet == NULL)
		return;
	loop_timer_cancel(status.fleet->loop, &status.timer);
	status_line_text(status.fleet, text, sizeof(text));
	clear_shown();
	status.shown[0] = '\0';
	fprintf(stderr, "%s\n", text);
	status.fleet = NULL;
}

void status_line_log(const char *line)
{
	clear_shown();
	fprintf(stderr, "%s\n", line);
	if (status.shown[0] != '\0') {
		fputs(status.shown, stderr);
		fflush(stderr);
	}
}
