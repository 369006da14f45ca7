/* sluiced: the command line. */
#include <stdio.h>
#include <string.h>

#include "supervisor/command.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "run", command_run, "run FILE…     run exporter configuration files as pipelines until SIGINT or SIGTERM" },
	{ "check", command_check, "check FILE…   print every error of each configuration file" },
	{ "schema", command_schema, "schema        print the JSON Schema of a pipeline's configuration" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
	fputs("Usage: sluiced COMMAND [OPTION…] [FILE…]\n"
	      "Turns the flows of a Skydive analyzer into flow-log objects.\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s\n", commands[i].help);
	fputs("\n  --version     print the version\n"
	      "  --help        print this; `sluiced COMMAND --help` tells a command's options\n", out);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--version") == 0) {
		puts("sluiced " SLUICE_VERSION);
		return EXIT_STATUS_OK;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help(stdout);
		return EXIT_STATUS_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (*name != '\0')
		fprintf(stderr, "sluiced: there is no command %s\n", name);
	print_help(stderr);
	return EXIT_STATUS_CONFIG;
}
