/* The arguments of a command: options by one table, mistakes in one form, `sluiced COMMAND: what is wrong`. */
#ifndef SLUICE_SUPERVISOR_COMMAND_LINE_H
#define SLUICE_SUPERVISOR_COMMAND_LINE_H

#include <getopt.h>

struct command_line {
	const char *command;                  /* "run" */
	const char *help;                     /* what --help prints */
	const struct option *options;         /* as of getopt_long; -h and --help are `h` */
	int argc;
	char **argv;                          /* the command's name first */
	int status;                           /* to exit with after COMMAND_LINE_OVER */
};

enum { COMMAND_LINE_END = -1, COMMAND_LINE_OVER = -2 };

/* The next option's value, its argument in optarg; COMMAND_LINE_END: files begin at argv[optind]; COMMAND_LINE_OVER: help
 * or a mistake has been printed. */
int command_line_next(struct command_line *line);
/* Prints a mistake and where to read more; returns the exit status for it. */
int command_line_refuse(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
