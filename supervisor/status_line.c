#include "supervisor/status_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/ring.h"
#include "common/worker_page.h"
#include "supervisor/fleet.h"
#include "supervisor/log_print.h"
#include "supervisor/pipeline.h"
#include "supervisor/silence.h"
#include "supervisor/status_text.h"
#include "supervisor/subscription.h"

enum { TEXT_SIZE = 1024, BLOCK_SIZE = 4096, PROBLEM_LINES = 3, SILENCE_S = 10, WIDTH = 80 };

/* One status line a process: there is one stderr. */
static struct {
	struct fleet *fleet;
	struct loop_timer timer;
	struct silence *silences;     /* of each subscription; owned */
	int64_t interval_ns;
	bool in_place;
	char shown[BLOCK_SIZE];       /* on the terminal's last lines; "" when nothing is */
	uint64_t last_flows;          /* at the last line, for the rate */
	int64_t last_ns, begin_ns;
} status;

/* ---- what is to be said ---- */

static void add_up(struct fleet *fleet, struct status_figures *sum)
{
	*sum = (struct status_figures){ 0 };
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		struct ring_counters counters;

		subscription_counters(fleet->subscriptions[i], &counters);
		sum->flows += counters.flows;
		sum->malformed += counters.malformed;
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		struct worker_figures figures;

		pipeline_figures(fleet->pipelines[i], &figures);
		sum->records += figures.account.records_written;
		sum->objects += figures.account.objects_written;
		sum->bytes += figures.account.bytes_written;
		sum->waiting += figures.account.waiting_spool + figures.account.waiting_state;
		sum->lag += pipeline_lag(fleet->pipelines[i], &figures);
		sum->lost += account_lost(&figures.account);
	}
}

static void rate_since(struct status_figures *figures, uint64_t flows, int64_t ns)
{
	double seconds = (double)(clock_boottime_ns() - ns) / NS_PER_S;

	figures->rate = seconds > 0 && figures->flows > flows ? (double)(figures->flows - flows) / seconds : 0;
}

/* The first thing that is wrong, and how many more. */
static bool put_problems(struct fleet *fleet, char *text, size_t size)
{
	char problem[512], first[TEXT_SIZE - 32] = "";
	unsigned count = 0;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		const struct condition *condition = subscription_problem(fleet->subscriptions[i]);

		if (condition != NULL && count++ == 0) {
			condition_describe(condition, problem, sizeof(problem));
			snprintf(first, sizeof(first), "%s: %s", subscription_url(fleet->subscriptions[i]), problem);
		}
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (pipeline_problem(fleet->pipelines[i], problem, sizeof(problem)) && count++ == 0)
			snprintf(first, sizeof(first), "%s: %s", pipeline_name(fleet->pipelines[i]), problem);
	}
	if (count > 1)
		snprintf(text, size, "%s (and %u more)", first, count - 1);
	else
		snprintf(text, size, "%s", first);
	return count > 0;
}

/* No error: there may be no traffic. But whoever has just started it wants to know. */
static bool put_silence(struct fleet *fleet, char *text, size_t size)
{
	const char *silent = NULL;
	int64_t longest = 0;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		struct ring_counters counters;
		int64_t silence;

		subscription_counters(fleet->subscriptions[i], &counters);
		silence = silence_since_subscribed(&status.silences[i], &counters, clock_boottime_ns());
		if (silence > longest) {
			longest = silence;
			silent = subscription_url(fleet->subscriptions[i]);
		}
	}
	if (longest < SILENCE_S * NS_PER_S)
		return false;
	snprintf(text, size, "no flows since subscribing %lld s ago%s%s: is there a capture?", (long long)(longest / NS_PER_S),
		fleet->subscription_count > 1 ? " to " : "", fleet->subscription_count > 1 ? silent : "");
	return true;
}

/* ---- where it stands ---- */

/* The cursor is behind the last line. */
static void clear_shown(void)
{
	if (status.shown[0] == '\0')
		return;
	fputs("\r\033[K", stderr);
	for (const char *line = strchr(status.shown, '\n'); line != NULL; line = strchr(line + 1, '\n'))
		fputs("\033[A\033[K", stderr);
}

static void show_in_place(const struct status_figures *figures, const char *problem)
{
	struct winsize window = { .ws_col = 0 };
	char text[TEXT_SIZE + 2];
	unsigned width;

	/* a line that wraps could not be cleared again */
	ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
	width = window.ws_col > 1 ? window.ws_col - 1u : WIDTH - 1;
	clear_shown();
	status.shown[0] = '\0';
	if (problem[0] != '\0') {
		snprintf(text, sizeof(text), "! %.*s", TEXT_SIZE - 3, problem);
		status_wrap(text, width, PROBLEM_LINES, status.shown, sizeof(status.shown) - TEXT_SIZE);
	}
	status_text(figures, width, text, sizeof(text));
	status_wrap(text, width, 1, status.shown, sizeof(status.shown));
	status.shown[strlen(status.shown) - 1] = '\0';
	fputs(status.shown, stderr);
}

static void tick(struct loop_timer *timer)
{
	struct status_figures figures;
	char text[TEXT_SIZE], problem[TEXT_SIZE] = "", silence[TEXT_SIZE] = "";

	add_up(status.fleet, &figures);
	rate_since(&figures, status.last_flows, status.last_ns);
	status.last_flows = figures.flows;
	status.last_ns = clock_boottime_ns();
	put_silence(status.fleet, silence, sizeof(silence));
	put_problems(status.fleet, problem, sizeof(problem));
	if (status.in_place) {
		show_in_place(&figures, problem[0] != '\0' ? problem : silence);
	} else {
		status_text(&figures, 0, text, sizeof(text));
		log_print_bare(LOG_INFO, "%s%s%s%s%s", text, silence[0] != '\0' ? " | " : "", silence,
			problem[0] != '\0' ? " | " : "", problem);
	}
	loop_timer_set(status.fleet->loop, timer, timer->due_ns + status.interval_ns, NULL);
}

static void show_log_line(const char *line, size_t length)
{
	clear_shown();
	fprintf(stderr, "%.*s%s", (int)length, line, status.shown);
}

void status_line_log(const char *line)
{
	clear_shown();
	fprintf(stderr, "%s\n%s", line, status.shown);
}

/* ---- life ---- */

int status_line_start(struct fleet *fleet, const struct status_line_options *options, struct err *err)
{
	bool terminal = isatty(STDERR_FILENO);

	/* what is written over in place is no line */
	status.in_place = terminal && log_format_get() == LOG_FORMAT_TEXT &&
		!(options->stdout_used && isatty(STDOUT_FILENO));
	status.interval_ns = status.in_place ? NS_PER_S : options->interval_s * NS_PER_S;
	status.timer = (struct loop_timer){ .fire = tick };
	status.begin_ns = status.last_ns = clock_boottime_ns();
	status.silences = calloc(fleet->subscription_count + 1, sizeof(*status.silences));
	if (status.silences == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the status line");
	status.fleet = fleet;
	log_set_output(show_log_line);
	if (status.interval_ns == 0)
		return 0;
	return loop_timer_set(fleet->loop, &status.timer, status.last_ns + status.interval_ns, err);
}

void status_line_stop(void)
{
	struct status_figures figures;
	char text[TEXT_SIZE];

	if (status.fleet == NULL)
		return;
	loop_timer_cancel(status.fleet->loop, &status.timer);
	add_up(status.fleet, &figures);
	rate_since(&figures, 0, status.begin_ns);
	figures.mean = true;
	status_text(&figures, 0, text, sizeof(text));
	clear_shown();
	status.shown[0] = '\0';
	log_set_output(NULL);
	log_print_bare(LOG_INFO, "%s", text);
	free(status.silences);
	status.silences = NULL;
	status.fleet = NULL;
}
