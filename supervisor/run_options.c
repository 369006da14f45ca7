#include "supervisor/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "supervisor/command.h"

static const char help_text[] =
	"Usage: sluiced run [OPTION…] FILE…\n"
	"Runs configuration files of the Skydive Flow Exporter as pipelines until SIGINT, SIGTERM or SIGHUP, then writes out what it\n"
	"has. Files of one analyzer share one connection. SKYDIVE_… variables override fields, as for the exporter.\n\n"
	"  --data-dir DIR          keep the spool here, so that a restart goes on where this run was\n"
	"                          (default: a temporary folder that is written out before exit)\n"
	"  --drain-timeout SECONDS how long to go on writing after SIGTERM (10)\n"
	"  --host-id ID            what the connections show to the analyzer\n"
	"                          (default: the file's host_id; several files: sluice- and 8 hex digits)\n"
	"  --ring-size SIZE        memory of the flow ring of each analyzer, a power of two such as 64M (64M)\n"
	"  --status-interval S     seconds between status lines where stderr is no terminal; 0: none (10)\n"
	"  --log-level LEVEL       debug, info, warn or error (info)\n"
	"  --summary FILE          write the closing account to FILE as JSON\n"
	"  --help                  print this\n\n"
	"Exit status: 0 after a clean stop, 1 when it could not begin, 2 for an error in a configuration or option,\n"
	"3 when a pipeline has failed for good, 4 when something could not be written before the drain timeout.\n";

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
		fprintf(stderr, "sluiced run: %s: %s is no number of seconds from 0 to 86400\n", name, text);
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
		fprintf(stderr, "sluiced run: --ring-size: %s is no power of two from 64K to 4G\n", text);
		return false;
	}
	*size = (size_t)value;
	return true;
}

static bool take_option(struct run_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_DATA_DIR:
		options->data_dir = value;
		return true;
	case OPTION_DRAIN:
		return parse_seconds("--drain-timeout", value, &options->drain_timeout_s);
	case OPTION_HOST_ID:
		options->host_id = value;
		return true;
	case OPTION_RING:
		return parse_ring_size(value, &options->ring_size);
	case OPTION_STATUS:
		return parse_seconds("--status-interval", value, &options->status_interval_s);
	case OPTION_SUMMARY:
		options->summary = value;
		return true;
	case OPTION_LEVEL:
		options->log_level = value;
		if (log_level_parse(value) >= 0)
			return true;
		fprintf(stderr, "sluiced run: --log-level: %s is none of debug, info, warn, error\n", value);
		return false;
	default:
		fputs("Try `sluiced run --help`.\n", stderr);
		return false;
	}
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	int option;

	*options = (struct run_options){ .log_level = "info", .ring_size = 64u << 20, .drain_timeout_s = 10,
		.status_interval_s = 10 };
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help_text, stdout);
			return EXIT_STATUS_OK;
		}
		if (!take_option(options, option, optarg))
			return EXIT_STATUS_CONFIG;
	}
	options->files = argv + optind;
	options->file_count = argc - optind;
	if (options->file_count == 0) {
		fputs("sluiced run: no configuration file given\nTry `sluiced run --help`.\n", stderr);
		return EXIT_STATUS_CONFIG;
	}
	return -1;
}
