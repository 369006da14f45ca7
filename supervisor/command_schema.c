/* sluiced schema: what a configuration may hold, for editors and for readers. */
#include <getopt.h>
#include <stdio.h>

#include "common/config/config.h"
#include "supervisor/command.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static const char usage[] =
	"usage: sluiced schema [--reference]\n"
	"\n"
	"Prints the JSON Schema (2020-12) of a pipeline's configuration.\n"
	"\n"
	"  --reference   print the reference page in Markdown (docs/configuration.md) instead\n"
	"  --help        print this\n";

int command_schema(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "reference", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int (*write_page)(struct buffer *) = config_schema;
	struct buffer out;
	int option;
	int error;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option != 'r') {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_STATUS_OK : EXIT_STATUS_CONFIG;
		}
		write_page = config_reference;
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_STATUS_CONFIG;
	}
	buffer_init(&out, OUTPUT_MAX);
	error = write_page(&out);
	if (error == 0 && (fwrite(out.bytes, 1, out.length, stdout) != out.length || fflush(stdout) != 0))
		error = ERR_IO;
	buffer_fini(&out);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
