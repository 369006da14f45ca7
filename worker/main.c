/* sluice-worker: runs one pipeline. Started by sluiced only: what it works on are descriptors (common/ipc.h), what it
 * is told comes over the control socket. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sandbox.h"
#include "worker/worker.h"

/* Ctrl-C on a terminal reaches all of its processes: the supervisor orders the drain. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (unsigned i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static int usage(const char *argument)
{
	if (strcmp(argument, "--version") == 0)
		printf("sluice-worker %s\n", SLUICE_VERSION);
	else if (strcmp(argument, "--help") == 0)
		printf("sluice-worker runs one pipeline. It is started by sluiced and takes no arguments.\n");
	else
		return WORKER_FAILED;
	return WORKER_DONE;
}

int main(int argc, char **argv)
{
	static const struct worker_fds fds = { .control = FD_CONTROL, .ring = FD_RING, .wake = FD_WAKE, .page = FD_PAGE,
		.state = FD_STATE, .spool = FD_SPOOL, .files = FD_FILES };
	static struct worker worker;
	struct err err;
	int status;

	if (argc == 2 && usage(argv[1]) == WORKER_DONE)
		return 0;
	if (argc > 1 || !ipc_given(FD_CONTROL)) {
		fputs("sluice-worker: sluiced starts it; it takes no arguments and does nothing by hand. See `sluiced run --help`.\n",
			stderr);
		return WORKER_FAILED;
	}
	sandbox_seal();
	ignore_signals();
	/* two threads that hardly ever allocate at once: a second heap would only cost memory */
	mallopt(M_ARENA_MAX, 1);
	log_init("worker", "", LOG_INFO);
	if (worker_init(&worker, &fds, &err) != 0) {
		log_error("start: %s", err.message);
		return WORKER_FAILED;
	}
	status = worker_run(&worker);
	/* the sealer may wait for a disk that does not answer: nothing that counts is in its hands */
	if (worker.sealer != NULL && sealer_pending(worker.sealer) > 0)
		_exit(status);
	worker_fini(&worker);
	return status;
}
