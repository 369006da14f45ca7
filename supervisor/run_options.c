#include "supervisor/run_options.h"

#include "supervisor/command_line.h"
#include "supervisor/line_options.h"

static const char help_text[] =
	"Usage: sluiced run [OPTION…] FILE…\n"
	"Runs configuration files of the Skydive Flow Exporter as pipelines until SIGTERM, SIGINT (Ctrl-C) or SIGHUP. Files of one\n"
	"analyzer share one connection. SKYDIVE_… variables override fields, as for the exporter.\n\n"
	"The signal ends the subscription; what was received is written out, for as long as --drain-timeout says. A second signal,\n"
	"a second or more after the first, ends that wait. Objects that are then not written are kept in the data folder, a\n"
	"temporary one too, and the command that goes on with them is printed; flows not read by then are named.\n\n"
	"  --data-dir DIR            keep the spool here, so that a restart goes on where this run was\n"
	"                            (default: a temporary folder that is written out before exit)\n"
	"  --drain-timeout SECONDS   how long to go on writing after the signal (10)\n"
	"  --host-id ID              what the connections show to the analyzer\n"
	"                            (default: the file's host_id; several files: sluice- and 8 hex digits)\n"
	"  --ring-size SIZE          memory of the flow ring of each analyzer, a power of two such as 64M (64M)\n"
	"  --status-interval SECONDS between status lines where stderr is no terminal; 0: none (10)\n"
	"  --log-level LEVEL         debug, info, warn or error (info)\n"
	"  --log-format FORMAT       text, or json: an object a line, status lines too (text)\n"
	"  --sandbox MODE            what workers and the subscriber are enclosed by: auto (what the kernel has), require (or do not\n"
	"                            begin), off (auto)\n"
	"  --summary FILE            write the closing account to FILE as JSON (docs/summary.md)\n"
	"  -h, --help                print this\n\n"
	"Exit status: 0 after a clean stop, 1 when it could not begin, 2 for an error in a configuration or option,\n"
	"3 when a pipeline has failed for good, 4 when something could not be written and was kept.\n";

static const struct line_option rows[] = {
	{ "data-dir", LINE_OPTION_PATH, offsetof(struct run_options, data_dir), false },
	{ "drain-timeout", LINE_OPTION_SECONDS, offsetof(struct run_options, drain_timeout_s), false },
	{ "host-id", LINE_OPTION_HOST_ID, offsetof(struct run_options, host_id), false },
	{ "ring-size", LINE_OPTION_RING_SIZE, offsetof(struct run_options, ring_size), false },
	{ "status-interval", LINE_OPTION_SECONDS, offsetof(struct run_options, status_interval_s), false },
	{ "log-level", LINE_OPTION_LEVEL, offsetof(struct run_options, log_level), false },
	{ "log-format", LINE_OPTION_FORMAT, offsetof(struct run_options, log_format), false },
	{ "sandbox", LINE_OPTION_SANDBOX, offsetof(struct run_options, sandbox), false },
	{ "summary", LINE_OPTION_PATH, offsetof(struct run_options, summary), false },
	{ 0 },
};

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	struct command_line line = { .command = "run", .help = help_text, .argc = argc, .argv = argv };
	int status;

	*options = (struct run_options){ .log_level = LOG_INFO, .ring_size = 64u << 20, .drain_timeout_s = 10,
		.status_interval_s = 10 };
	status = line_options_parse(rows, options, &line, NULL);
	if (status >= 0)
		return status;
	options->files = argv + optind;
	options->file_count = argc - optind;
	return options->file_count > 0 ? -1 : command_line_refuse("run", "no configuration file given");
}

void run_options_fini(struct run_options *options)
{
	line_options_fini(rows, options);
}
