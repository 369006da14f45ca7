/* sluiced check: every mistake of configuration files, with its place. */
#include <stdbool.h>
#include <stdio.h>

#include "supervisor/command.h"
#include "supervisor/command_line.h"
#include "supervisor/config_files.h"

enum { EFFECTIVE_MAX = 1024 * 1024 };

static const char help_text[] =
	"Usage: sluiced check [OPTION…] FILE…\n"
	"Checks configuration files as `sluiced run` would, SKYDIVE_… variables included, and prints every mistake as\n"
	"FILE:LINE:COLUMN: PATH: what is wrong. Two files cannot have the same host_id. - reads standard input.\n\n"
	"A secret that cannot be read here (${env:NAME} not set, ${file:PATH} not readable) is a warning: the machine that the\n"
	"file is for may have it. `sluiced run` refuses it.\n\n"
	"  --effective   print each configuration with all its defaults, secrets masked\n"
	"  --json        with --effective: print it as JSON instead of YAML\n"
	"  -h, --help    print this\n\n"
	"Exit status: 0 no error, 2 an error in a file or in the arguments.\n";

struct check {
	bool effective;
	enum config_form form;
	char **paths;
	size_t count;
};

/* -1: go on; else the exit status. */
static int read_arguments(struct check *check, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "effective", no_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "check", help_text, long_options, argc, argv, 0 };
	int option;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		if (option == 'e')
			check->effective = true;
		else
			check->form = CONFIG_JSON;
	}
	if (optind >= argc)
		return command_line_refuse("check", "no configuration file given");
	if (check->form == CONFIG_JSON && !check->effective)
		return command_line_refuse("check", "--json says how --effective prints: give both");
	check->paths = argv + optind;
	check->count = (size_t)(argc - optind);
	return -1;
}

/* Files with errors have no configuration that holds. */
static int print_effective(const struct check *check, const struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct config *config = files->configs[i];
		struct buffer out;
		int error;

		if (config == NULL || config_problem_count(config, CONFIG_ERROR) > 0)
			continue;
		buffer_init(&out, EFFECTIVE_MAX);
		error = config_effective(config, check->form, true, &out);
		if (error == 0) {
			if (files->count > 1 && check->form == CONFIG_YAML)
				printf("--- # %s\n", files->paths[i]);
			fwrite(out.bytes, 1, out.length, stdout);
		}
		buffer_fini(&out);
		if (error != 0)
			return error;
	}
	return fflush(stdout) == 0 ? 0 : ERR_IO;
}

int command_check(int argc, char **argv)
{
	struct check check = { .form = CONFIG_YAML };
	struct config_files files;
	struct err err;
	size_t mistakes;
	int status = read_arguments(&check, argc, argv);

	if (status >= 0)
		return status;
	if (config_files_load(&files, check.paths, check.count, CONFIG_FILES_CHECK, &mistakes, &err) != 0) {
		fprintf(stderr, "sluiced check: %s\n", err.message);
		return EXIT_STATUS_ERROR;
	}
	status = mistakes > 0 ? EXIT_STATUS_CONFIG : EXIT_STATUS_OK;
	if (check.effective && print_effective(&check, &files) != 0)
		status = EXIT_STATUS_ERROR;
	config_files_free(&files);
	return status;
}
