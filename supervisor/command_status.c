/* sluiced status: the pipelines of a supervisor that runs here, over its Unix socket. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/json_parse.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"
#include "supervisor/local_http.h"
#include "supervisor/status_table.h"

enum { WATCH_S = 2, TABLE_MAX = 64 << 20, PAGES_MAX = 1000, TARGET_SIZE = 640, PATH_SIZE = 4096 };

static const char help_text[] =
	"Usage: sluiced status [OPTION…]\n"
	"Prints the pipelines of the `sluiced serve` that runs here: state, flows in the ring that wait (lag), flows written\n"
	"and lost, and what is wrong. Asks over the Unix socket, for which no token is needed.\n\n"
	"  --socket PATH    where it listens (DIR/sluiced.sock)\n"
	"  --data-dir DIR   its data folder (./sluice-data)\n"
	"  --watch          on a terminal: again every 2 s, until interrupted\n"
	"  -h, --help       print this\n\n"
	"Exit status: 0 it has answered, 1 it has not, 2 an error in the arguments.\n";

struct status {
	char path[PATH_SIZE];
	bool watch;
};

/* -1: go on; else the exit status. */
static int read_arguments(struct status *status, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "data-dir", required_argument, NULL, 'd' },
		{ "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "status", help_text, long_options, argc, argv, 0 };
	const char *data_dir = "./sluice-data", *path = NULL;
	int option;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		if (option == 's')
			path = optarg;
		else if (option == 'd')
			data_dir = optarg;
		else
			status->watch = true;
	}
	if (optind < argc)
		return command_line_refuse("status", "takes no file, found %s", argv[optind]);
	if (path != NULL)
		snprintf(status->path, sizeof(status->path), "%s", path);
	else
		snprintf(status->path, sizeof(status->path), "%s/sluiced.sock", data_dir);
	return -1;
}

/* One page appended to items; *next: the token of the one behind it, "" when it was the last. */
static int take_page(const char *text, json_t *items, char *next, size_t size, struct err *err)
{
	json_t *page = json_parse_text(text, 0, NULL);
	const char *token = json_string_value(json_object_get(page, "next_page_token"));
	bool whole = json_is_array(json_object_get(page, "items"));

	if (whole)
		json_array_extend(items, json_object_get(page, "items"));
	snprintf(next, size, "%s", token != NULL ? token : "");
	json_decref(page);
	return whole ? 0 : err_set(err, ERR_PROTOCOL, "the supervisor's answer is no list of pipelines");
}

static int fetch(const char *path, json_t *items, struct err *err)
{
	char target[TARGET_SIZE], next[TARGET_SIZE / 2] = "";
	struct buffer answer;
	int error = 0;

	buffer_init(&answer, LOCAL_HTTP_MAX);
	for (int i = 0; error == 0 && i < PAGES_MAX && (i == 0 || next[0] != '\0'); i++) {
		snprintf(target, sizeof(target), "/v1/pipelines?limit=1000%s%s", next[0] != '\0' ? "&page_token=" : "", next);
		error = local_http_get(path, target, &answer, err);
		if (error == 0)
			error = take_page(answer.bytes, items, next, sizeof(next), err);
	}
	buffer_fini(&answer);
	return error;
}

static unsigned terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int show(const struct status *status, bool clear, struct err *err)
{
	json_t *items = json_array();
	struct buffer table;
	int error = fetch(status->path, items, err);

	buffer_init(&table, TABLE_MAX);
	if (error == 0 && clear)
		error = buffer_append_text(&table, "\033[H\033[J");
	if (error == 0 && status_table(items, terminal_width(), &table) != 0)
		error = err_set(err, ERR_LIMIT, "the table is too large");
	if (error == 0 && (fwrite(table.bytes, 1, table.length, stdout) != table.length || fflush(stdout) != 0))
		error = err_set(err, ERR_IO, "the table could not be printed");
	buffer_fini(&table);
	json_decref(items);
	return error;
}

int command_status(int argc, char **argv)
{
	struct status status = { .watch = false };
	struct err err;
	int error, exit_status = read_arguments(&status, argc, argv);
	bool again;

	if (exit_status >= 0)
		return exit_status;
	again = status.watch && isatty(STDOUT_FILENO);
	do {
		error = show(&status, again, &err);
	} while (error == 0 && again && sleep(WATCH_S) == 0);
	if (error != 0)
		fprintf(stderr, "sluiced status: %s\n", err.message);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
