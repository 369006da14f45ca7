#include "supervisor/command_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/config/config.h"
#include "supervisor/command.h"

enum { OPTIONS_MAX = 32, NAME_SIZE = 64 };

int command_line_refuse(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sluiced %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry `sluiced %s --help`.\n", command);
	return EXIT_STATUS_CONFIG;
}

static const char *name_of(const struct option *options, int value)
{
	for (; options->name != NULL; options++) {
		if (options->val == value)
			return options->name;
	}
	return "";
}

static const char *nearest_option(const struct option *options, const char *name)
{
	const char *names[OPTIONS_MAX + 1];
	size_t count = 0;

	for (; options->name != NULL && count < OPTIONS_MAX; options++)
		names[count++] = options->name;
	names[count] = NULL;
	return config_nearest(name, names);
}

/* getopt tells an option that is none, one that fits several and one with an argument too many all as '?'. */
static int refuse_option(const struct command_line *line)
{
	const char *word = line->argv[optind - 1];
	size_t length = strcspn(word, "=");
	const char *nearest;
	char name[NAME_SIZE];

	if (strncmp(word, "--", 2) != 0)
		return command_line_refuse(line->command, "there is no option -%c", optopt);
	if (optopt != 0)
		return command_line_refuse(line->command, "--%s takes no value", name_of(line->options, optopt));
	snprintf(name, sizeof(name), "%.*s", (int)(length - 2), word + 2);
	nearest = nearest_option(line->options, name);
	return command_line_refuse(line->command, "there is no option %.*s%s%s%s", (int)length, word,
		nearest ? " (did you mean --" : "", nearest ? nearest : "", nearest ? "?)" : "");
}

int command_line_next(struct command_line *line)
{
	int option = getopt_long(line->argc, line->argv, ":h", line->options, NULL);

	switch (option) {
	case 'h':
		fputs(line->help, stdout);
		line->status = EXIT_STATUS_OK;
		return COMMAND_LINE_OVER;
	case ':':
		line->status = command_line_refuse(line->command, "--%s needs a value", name_of(line->options, optopt));
		return COMMAND_LINE_OVER;
	case '?':
		line->status = refuse_option(line);
		return COMMAND_LINE_OVER;
	default:
		return option;
	}
}
