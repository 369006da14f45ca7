/* sluiced schema: what a configuration may hold, for editors and for readers. */
#include <stdio.h>

#include "common/config/config.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static const char help_text[] =
	"Usage: sluiced schema [OPTION…]\n"
	"Prints the JSON Schema (2020-12) of a pipeline's configuration.\n\n"
	"  --reference   print the reference page in Markdown (docs/configuration.md) instead\n"
	"  -h, --help    print this\n";

int command_schema(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "reference", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "schema", help_text, long_options, argc, argv, 0 };
	int (*write_page)(struct buffer *) = config_schema;
	struct buffer out;
	int option;
	int error;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		write_page = config_reference;
	}
	if (optind < argc)
		return command_line_refuse("schema", "takes no file, found %s", argv[optind]);
	buffer_init(&out, OUTPUT_MAX);
	error = write_page(&out);
	if (error == 0 && (fwrite(out.bytes, 1, out.length, stdout) != out.length || fflush(stdout) != 0))
		error = ERR_IO;
	buffer_fini(&out);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
