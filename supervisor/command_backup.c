/* sluiced backup: a copy of the database, beside a supervisor that runs. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "supervisor/command.h"
#include "supervisor/command_line.h"
#include "supervisor/store/store.h"

static const char help_text[] =
	"Usage: sluiced backup [OPTION…] FILE\n"
	"Copies the database of `sluiced serve` to a new file, consistent, while the supervisor runs.\n\n"
	"The copy holds no keys: keep DIR/master.key too, and apart from it. A restore needs both: put them into an empty folder\n"
	"as sluice.db and master.key, mode 0600.\n\n"
	"  --data-dir DIR   the supervisor's (./sluice-data)\n"
	"  -h, --help       print this\n\n"
	"Exit status: 0 the copy is whole and on disk, 1 there is no copy, 2 an error in the arguments.\n";

/* -1: go on; else the exit status. */
static int read_arguments(const char **data_dir, const char **path, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "data-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "backup", help_text, long_options, argc, argv, 0 };
	int option;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		*data_dir = optarg;
	}
	if (optind >= argc)
		return command_line_refuse("backup", "no file given to copy to");
	if (optind + 1 < argc)
		return command_line_refuse("backup", "takes one file, found also %s", argv[optind + 1]);
	if (**data_dir == '\0')
		return command_line_refuse("backup", "--data-dir: the path is empty");
	*path = argv[optind];
	return -1;
}

static void say_done(const char *path, const char *data_dir)
{
	struct stat file;

	fprintf(stderr, "%s: %" PRId64 " KB. A restore also needs %s/master.key: keep it, and apart.\n", path,
		stat(path, &file) == 0 ? (int64_t)(file.st_size + 1023) / 1024 : 0, data_dir);
}

int command_backup(int argc, char **argv)
{
	const struct store_options beside = { .beside = true };
	const char *data_dir = "./sluice-data", *path = NULL;
	struct store *store;
	struct err err;
	int error, status = read_arguments(&data_dir, &path, argc, argv);

	if (status >= 0)
		return status;
	error = store_open(&store, data_dir, &beside, &err);
	if (error == 0)
		error = store_backup(store, path, &err);
	store_close(&store);
	if (error != 0) {
		fprintf(stderr, "sluiced backup: %s\n", err.message);
		return EXIT_STATUS_ERROR;
	}
	say_done(path, data_dir);
	return EXIT_STATUS_OK;
}
