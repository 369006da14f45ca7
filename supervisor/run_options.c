#include "supervisor/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/text.h"
#include "common/log.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"

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
	"  --summary FILE            write the closing account to FILE as JSON (docs/summary.md)\n"
	"  -h, --help                print this\n\n"
	"Exit status: 0 after a clean stop, 1 when it could not begin, 2 for an error in a configuration or option,\n"
	"3 when a pipeline has failed for good, 4 when something could not be written and was kept.\n";

enum { HOST_ID_MAX = 128 };     /* as the field host_id */

enum { OPTION_DATA_DIR = 256, OPTION_DRAIN, OPTION_HOST_ID, OPTION_RING, OPTION_STATUS, OPTION_LEVEL, OPTION_SUMMARY };

static const struct option long_options[] = {
	{ "data-dir", required_argument, NULL, OPTION_DATA_DIR },
	{ "drain-timeout", required_argument, NULL, OPTION_DRAIN },
	{ "host-id", required_argument, NULL, OPTION_HOST_ID },
	{ "ring-size", required_argument, NULL, OPTION_RING },
	{ "status-interval", required_argument, NULL, OPTION_STATUS },
	{ "log-level", required_argument, NULL, OPTION_LEVEL },
	{ "summary", required_argument, NULL, OPTION_SUMMARY },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Digits and nothing else, up to max. */
static bool parse_number(const char *text, unsigned long long max, const char **end, unsigned long long *value)
{
	char *stop;

	errno = 0;
	*value = strtoull(text, &stop, 10);
	*end = stop;
	return isdigit((unsigned char)*text) && errno == 0 && *value <= max;
}

static bool parse_seconds(const char *name, const char *text, unsigned *seconds)
{
	unsigned long long value;
	const char *end;

	if (!parse_number(text, 86400, &end, &value) || !(end[0] == '\0' || (end[0] == 's' && end[1] == '\0'))) {
		command_line_refuse("run", "%s: \"%s\" is no number of seconds from 0 to 86400", name, text);
		return false;
	}
	*seconds = (unsigned)value;
	return true;
}

static bool parse_ring_size(const char *text, size_t *size)
{
	unsigned long long value;
	const char *end;
	bool fits = parse_number(text, 4ull << 30, &end, &value);

	if (fits && (*end == 'K' || *end == 'M' || *end == 'G')) {
		value <<= *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
		end++;
	}
	if (!fits || *end != '\0' || value < 1 << 16 || value > 4ull << 30 || (value & (value - 1)) != 0) {
		command_line_refuse("run", "--ring-size: \"%s\" is no power of two from 64K to 4G", text);
		return false;
	}
	*size = (size_t)value;
	return true;
}

static bool take_path(const char *name, const char *text, const char **path)
{
	*path = text;
	if (text[0] == '\0')
		command_line_refuse("run", "%s: the path is empty", name);
	return text[0] != '\0';
}

static bool take_level(const char *text, const char **level)
{
	*level = text;
	if (log_level_parse(text) >= 0)
		return true;
	command_line_refuse("run", "--log-level: \"%s\" is none of debug, info, warn, error", text);
	return false;
}

/* It goes into a line of a request. */
static bool parse_host_id(const char *text, const char **host_id)
{
	const char *bad = text_bad_character(text, strlen(text));

	if (bad != NULL || strlen(text) > HOST_ID_MAX) {
		command_line_refuse("run", "--host-id: the id %s%s", bad != NULL ? "contains " : "has more than 128 bytes",
			bad != NULL ? bad : "");
		return false;
	}
	*host_id = text;
	return true;
}

static bool take_option(struct run_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_DATA_DIR:
		return take_path("--data-dir", value, &options->data_dir);
	case OPTION_DRAIN:
		return parse_seconds("--drain-timeout", value, &options->drain_timeout_s);
	case OPTION_HOST_ID:
		return parse_host_id(value, &options->host_id);
	case OPTION_RING:
		return parse_ring_size(value, &options->ring_size);
	case OPTION_STATUS:
		return parse_seconds("--status-interval", value, &options->status_interval_s);
	case OPTION_SUMMARY:
		return take_path("--summary", value, &options->summary);
	default:
		return take_level(value, &options->log_level);
	}
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	struct command_line line = { "run", help_text, long_options, argc, argv, 0 };
	int option;

	*options = (struct run_options){ .log_level = "info", .ring_size = 64u << 20, .drain_timeout_s = 10,
		.status_interval_s = 10 };
	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		if (!take_option(options, option, optarg))
			return EXIT_STATUS_CONFIG;
	}
	options->files = argv + optind;
	options->file_count = argc - optind;
	return options->file_count > 0 ? -1 : command_line_refuse("run", "no configuration file given");
}
