/* analyzer-simulator: see README.md. */
#include <signal.h>
#include <stdio.h>

#include "common/log.h"
#include "tests/tools/analyzer/control.h"
#include "tests/tools/analyzer/discard.h"
#include "tests/tools/analyzer/lws_server.h"

static void on_signal(int signal, void *data)
{
	(void)signal;
	loop_stop(data);
}

static int run(const struct options *options, struct err *err)
{
	static const int signals[] = { SIGTERM, SIGINT, 0 };
	struct control *control = NULL;
	struct server server;
	struct loop *loop;
	int error = loop_new(&loop, err);

	if (error != 0)
		return error;
	/* first: whoever has read that it listens may end it */
	error = loop_signals(loop, signals, on_signal, loop, err);
	if (error != 0) {
		loop_free(&loop);
		return error;
	}
	error = server_start(&server, options, loop, err);
	if (error == 0)
		error = control_open(&control, &server, options->control, err);
	if (error == 0)
		error = loop_run(loop, err);
	control_close(&control);
	server_stop(&server);
	loop_free(&loop);
	return error;
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err = { 0 };
	bool done = false;
	int error;

	log_init("analyzer", "", LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	error = options_parse(&options, argc, argv, &done, &err);
	if (error == 0 && !done && options.discard != NULL)
		error = discard_run(&options, &err);
	else if (error == 0 && !done && options.libwebsockets)
		error = lws_server_run(&options, &err);
	else if (error == 0 && !done)
		error = run(&options, &err);
	if (error == 0)
		return 0;
	fprintf(stderr, "analyzer-simulator: %s\n", err.message);
	return error == ERR_CONFIG ? 2 : 1;
}
