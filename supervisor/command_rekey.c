/* sluiced rekey: a new master key, for when the old one may have been seen. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"
#include "supervisor/store/store.h"

static const char help_text[] =
	"Usage: sluiced rekey [OPTION…]\n"
	"Draws a new master key and encrypts every stored secret anew. No supervisor may run on the data folder meanwhile.\n"
	"Killed at any moment, nothing is lost. Earlier backups need the earlier key: keep it as long as them.\n\n"
	"  --data-dir DIR   the supervisor's (./sluice-data)\n"
	"  -h, --help       print this\n\n"
	"Exit status: 0 done, 1 nothing was changed, 2 an error in the arguments.\n";

/* -1: go on; else the exit status. */
static int read_arguments(const char **data_dir, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "data-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "rekey", help_text, long_options, argc, argv, 0 };
	int option;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		*data_dir = optarg;
	}
	if (optind < argc)
		return command_line_refuse("rekey", "takes no file, found %s", argv[optind]);
	return **data_dir != '\0' ? -1 : command_line_refuse("rekey", "--data-dir: the path is empty");
}

/* Opening it as its owner would make what is not there. */
static int check_there(const char *data_dir, struct err *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/sluice.db", data_dir);
	if (access(path, F_OK) == 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s: %s; --data-dir names the folder of `sluiced serve`", path, strerror(errno));
}

int command_rekey(int argc, char **argv)
{
	const struct store_change change = { .who = "local", .role = "admin", .address = "local" };
	const char *data_dir = "./sluice-data";
	struct store *store = NULL;
	struct err err;
	int error, status = read_arguments(&data_dir, argc, argv);

	if (status >= 0)
		return status;
	log_init("sluiced", "", LOG_WARN);
	error = check_there(data_dir, &err);
	if (error == 0)
		error = store_open(&store, data_dir, NULL, &err);
	if (error == 0)
		error = store_rekey(store, &change, NULL, &err);
	store_close(&store);
	if (error != 0) {
		fprintf(stderr, "sluiced rekey: %s%s\n", err.message, error == ERR_BUSY ? ". Nothing was changed" : "");
		return EXIT_STATUS_ERROR;
	}
	fprintf(stderr, "%s/master.key is new, and every secret is encrypted under it. Make a new backup of both.\n", data_dir);
	return EXIT_STATUS_OK;
}
