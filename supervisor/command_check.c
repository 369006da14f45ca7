/* sluiced check: every mistake of configuration files, with its place. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/command.h"
#include "supervisor/config_file.h"

enum { EFFECTIVE_MAX = 1024 * 1024 };

static const char usage[] =
	"usage: sluiced check [--effective [--json]] FILE…\n"
	"\n"
	"Checks configuration files as `sluiced run` would, SKYDIVE_… variables included, and prints every mistake as\n"
	"FILE:LINE:COLUMN: PATH: what is wrong. Two files cannot have the same host_id.\n"
	"\n"
	"  --effective   print each configuration with all its defaults, secrets masked\n"
	"  --json        print it as JSON instead of YAML\n"
	"  --help        print this\n"
	"\n"
	"Exit status: 0 no error, 2 an error in a file or in the arguments.\n";

struct check {
	bool effective;
	enum config_form form;
	struct config **configs;      /* of each file; NULL where it could not be read */
	char **paths;
	int count;
	size_t errors;
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
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'e')
			check->effective = true;
		else if (option == 'j')
			check->form = CONFIG_JSON;
		else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_STATUS_OK : EXIT_STATUS_CONFIG;
		}
	}
	if (optind >= argc) {
		fputs(usage, stderr);
		return EXIT_STATUS_CONFIG;
	}
	check->paths = argv + optind;
	check->count = argc - optind;
	return -1;
}

static void load_files(struct check *check)
{
	for (int i = 0; i < check->count; i++) {
		struct err err;

		if (config_file_load(&check->configs[i], check->paths[i], false, &err) != 0) {
			fprintf(stderr, "%s\n", err.message);
			check->errors++;
			continue;
		}
		config_file_report(check->paths[i], check->configs[i], stderr);
		check->errors += config_problem_count(check->configs[i], CONFIG_ERROR);
	}
}

/* The first file before `index` that was given the same host_id, or -1. */
static int find_clash(const struct check *check, int index, unsigned *line, unsigned *column)
{
	const struct config *config = check->configs[index];
	unsigned other_line, other_column;

	if (config == NULL || !config_given(config, "host_id", line, column))
		return -1;
	for (int i = 0; i < index; i++) {
		const struct config *other = check->configs[i];

		if (other != NULL && config_given(other, "host_id", &other_line, &other_column) &&
			strcmp(config_pipeline(other)->host_id, config_pipeline(config)->host_id) == 0)
			return i;
	}
	return -1;
}

static void check_host_ids(struct check *check)
{
	for (int i = 0; i < check->count; i++) {
		unsigned line, column;
		int clash = find_clash(check, i, &line, &column);

		if (clash < 0)
			continue;
		fprintf(stderr, "%s:%u:%u: host_id: \"%s\" is in use by %s; each pipeline needs one of its own, or \"\"\n",
			check->paths[i], line, column, config_pipeline(check->configs[i])->host_id, check->paths[clash]);
		check->errors++;
	}
}

/* Files with errors have no configuration that holds. */
static int print_effective(const struct check *check)
{
	for (int i = 0; i < check->count; i++) {
		struct buffer out;
		int error;

		if (check->configs[i] == NULL || config_problem_count(check->configs[i], CONFIG_ERROR) > 0)
			continue;
		buffer_init(&out, EFFECTIVE_MAX);
		error = config_effective(check->configs[i], check->form, true, &out);
		if (error == 0) {
			if (check->count > 1 && check->form == CONFIG_YAML)
				printf("--- # %s\n", check->paths[i]);
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
	int status = read_arguments(&check, argc, argv);

	if (status >= 0)
		return status;
	check.configs = calloc((size_t)check.count, sizeof(struct config *));
	if (check.configs == NULL)
		return EXIT_STATUS_ERROR;
	load_files(&check);
	check_host_ids(&check);
	status = check.errors > 0 ? EXIT_STATUS_CONFIG : EXIT_STATUS_OK;
	if (check.effective && print_effective(&check) != 0)
		status = EXIT_STATUS_ERROR;
	for (int i = 0; i < check.count; i++)
		config_free(&check.configs[i]);
	free(check.configs);
	return status;
}
