/* sluiced serve: the supervisor with its REST API. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "supervisor/command.h"
#include "supervisor/handover.h"
#include "supervisor/log_print.h"
#include "supervisor/serve/serve.h"

int command_handover(int argc, char **argv)
{
	struct serve_options options;
	struct err err;
	int status = serve_options_parse(&options, argc, argv);
	int error = status < 0 ? upgrade_check(&options, &err) : 0;

	serve_options_fini(&options);
	if (status >= 0)
		return status;
	/* the last line is the answer */
	if (error == 0)
		printf("%d\n", HANDOVER_FORMAT);
	else
		fprintf(stderr, "%s\n", err.message);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}

int command_serve(int argc, char **argv)
{
	static struct serve serve;
	struct err err = { 0 };
	int error, status = serve_options_parse(&serve.options, argc, argv);

	if (status >= 0) {
		serve_options_fini(&serve.options);
		return status;
	}
	log_init("sluiced", "", serve.options.log_level);
	log_format_set(serve.options.log_format);
	error = serve_start(&serve, &err);
	if (error != 0)
		log_error("%s", err.message);
	/* who was handed over and not taken is not killed: without a supervisor children write out what they have, and end */
	if (error != 0 && serve.handover != NULL)
		return EXIT_STATUS_ERROR;
	if (error == 0) {
		error = loop_run(serve.loop, &err);
		if (error != 0)
			log_error("%s", err.message);
	}
	serve_fini(&serve);
	serve_options_fini(&serve.options);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
