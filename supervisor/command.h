/* The commands of sluiced. */
#ifndef SLUICE_SUPERVISOR_COMMAND_H
#define SLUICE_SUPERVISOR_COMMAND_H

/* Exit statuses, the same for every command. */
enum {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_ERROR = 1,        /* could not do what was asked */
	EXIT_STATUS_CONFIG = 2,       /* an error in a configuration or in the arguments */
	EXIT_STATUS_FAILED = 3,       /* run: a pipeline has failed for good */
	EXIT_STATUS_UNSENT = 4,       /* run: something could not be written before the drain timeout */
};

/* Each takes argv with its own name first, and returns the exit status. */
int command_serve(int argc, char **argv);
int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_schema(int argc, char **argv);
int command_token(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_rekey(int argc, char **argv);
int command_status(int argc, char **argv);
int command_completion(int argc, char **argv);
/* `sluiced --handover OPTION…`, for no person: prints the version of what it can take over from a `serve` with these options
 * (serve/upgrade.c), or why it cannot. */
int command_handover(int argc, char **argv);

#endif
