/* sluice-subscriber: keeps the websocket to one analyzer and writes the flow ring. Started by sluiced only: what it works
 * on are descriptors (common/ipc.h), what it is told comes over the control socket. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "subscriber/subscriber.h"

/* Ctrl-C on a terminal reaches all of its processes: the supervisor orders the end. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (unsigned i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("sluice-subscriber " SLUICE_VERSION);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("sluice-subscriber keeps the connection to an analyzer. It is started by sluiced and takes no arguments.");
		return 0;
	}
	if (argc > 1 || !ipc_given(FD_CONTROL)) {
		fputs("sluice-subscriber: sluiced starts it; it takes no arguments and does nothing by hand. See `sluiced run --help`.\n",
			stderr);
		return SUBSCRIBER_FAILED;
	}
	sandbox_seal();
	ignore_signals();
	log_init("subscriber", "", LOG_INFO);
	return subscriber_run();
}
