/* sluiced: the command line. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/config/config.h"
#include "supervisor/command.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const struct command commands[] = {
	{ "serve", command_serve, "serve            (the default) keep the pipelines of many tenants running, as the REST API is told" },
	{ "run", command_run, "run FILE…        run exporter configuration files as pipelines until SIGTERM, SIGINT or SIGHUP" },
	{ "check", command_check, "check FILE…      print every error of each configuration file" },
	{ "schema", command_schema, "schema           print the JSON Schema of a pipeline's configuration" },
	{ "status", command_status, "status           print the pipelines of the supervisor that runs here" },
	{ "token", command_token, "token create     make a token for the API, beside a supervisor that runs" },
	{ "backup", command_backup, "backup FILE      copy the supervisor's database while it runs" },
	{ "rekey", command_rekey, "rekey            draw a new master key and encrypt all secrets anew" },
	{ "completion", command_completion, "completion SHELL print a script with which bash or zsh completes command lines" },
	{ "help", command_help, "help [COMMAND]   print this, or a command's options" },
	{ "version", command_version, "version          print the version" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
	fputs("Usage: sluiced COMMAND [OPTION…] [FILE…]\n"
	      "Turns the flows of a Skydive analyzer into flow-log objects.\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s\n", commands[i].help);
	fputs("\n  -V, --version    print the version\n"
	      "  -h, --help       print this\n", out);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int refuse(const char *what, const char *name, const char *hint)
{
	fprintf(stderr, "sluiced: there is no %s %s%s\nTry `sluiced --help`.\n", what, name, hint);
	return EXIT_STATUS_CONFIG;
}

static int refuse_command(const char *name)
{
	const char *names[COMMANDS + 1] = { NULL };
	const char *nearest;
	char hint[256] = "";

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nearest = config_nearest(name, names);
	if (nearest != NULL)
		snprintf(hint, sizeof(hint), " (did you mean %s?)", nearest);
	else if (access(name, F_OK) == 0)
		snprintf(hint, sizeof(hint), "; a file stands behind its command: sluiced run %s", name);
	return refuse("command", name, hint);
}

static int command_help(int argc, char **argv)
{
	const struct command *command = argc > 1 ? find(argv[1]) : NULL;
	char option[] = "--help";
	char *arguments[] = { NULL, option, NULL };

	if (argc > 1 && command == NULL && argv[1][0] != '-')
		return refuse_command(argv[1]);
	if (command == NULL || command->run == command_help || command->run == command_version) {
		print_help(stdout);
		return EXIT_STATUS_OK;
	}
	arguments[0] = argv[1];
	return command->run(2, arguments);
}

static int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("sluiced " SLUICE_VERSION);
	return EXIT_STATUS_OK;
}

/* Started with one of them closed, the first file that is opened would take its number, and be written to. */
static void open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find(name);

	open_standard_descriptors();
	if (command != NULL)
		return command->run(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return command_version(argc, argv);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return command_help(1, argv);
	/* asked by a supervisor that runs, with its options */
	if (strcmp(name, "--handover") == 0)
		return command_handover(argc - 1, argv + 1);
	if (name[0] == '-')
		return refuse("option", name, "; options of a command stand behind it");
	if (name[0] != '\0')
		return refuse_command(name);
	return command_serve(1, (char *[]){ (char[]){ "serve" }, NULL });
}
