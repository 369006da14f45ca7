#include "tests/tools/analyzer/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
	OPTION_HELP = 'h', OPTION_RECORDING = 256, OPTION_TOPOLOGY, OPTION_ADDRESS, OPTION_PORT, OPTION_HOST_ID,
	OPTION_USERNAME, OPTION_PASSWORD, OPTION_CERT, OPTION_KEY, OPTION_CLIENT_CA, OPTION_LOG, OPTION_CONTROL, OPTION_DISCARD,
	OPTION_SERVER, OPTION_LOOP, OPTION_MESSAGES, OPTION_FLOWS, OPTION_PACE, OPTION_IDENTITY, OPTION_RETIME,
	OPTION_START, OPTION_MAX_FLOWS, OPTION_SECONDS, OPTION_QUEUE, OPTION_DROP, OPTION_NO_HOLD, OPTION_FRAMING,
	OPTION_GARBAGE, OPTION_WIPE_DELAY,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "recording", required_argument, NULL, OPTION_RECORDING },
	{ "topology", required_argument, NULL, OPTION_TOPOLOGY },
	{ "address", required_argument, NULL, OPTION_ADDRESS },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "host-id", required_argument, NULL, OPTION_HOST_ID },
	{ "username", required_argument, NULL, OPTION_USERNAME },
	{ "password", required_argument, NULL, OPTION_PASSWORD },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "client-ca", required_argument, NULL, OPTION_CLIENT_CA },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "discard-client", required_argument, NULL, OPTION_DISCARD },
	{ "server", required_argument, NULL, OPTION_SERVER },
	{ "loop", required_argument, NULL, OPTION_LOOP },
	{ "messages-per-second", required_argument, NULL, OPTION_MESSAGES },
	{ "flows-per-second", required_argument, NULL, OPTION_FLOWS },
	{ "real-pace", no_argument, NULL, OPTION_PACE },
	{ "identity", required_argument, NULL, OPTION_IDENTITY },
	{ "retime", no_argument, NULL, OPTION_RETIME },
	{ "start", required_argument, NULL, OPTION_START },
	{ "max-flows", required_argument, NULL, OPTION_MAX_FLOWS },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "queue", required_argument, NULL, OPTION_QUEUE },
	{ "drop-when-full", no_argument, NULL, OPTION_DROP },
	{ "no-hold", no_argument, NULL, OPTION_NO_HOLD },
	{ "framing", required_argument, NULL, OPTION_FRAMING },
	{ "garbage", required_argument, NULL, OPTION_GARBAGE },
	{ "wipe-delay", required_argument, NULL, OPTION_WIPE_DELAY },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: analyzer-simulator [OPTION…]\n"
	"A Skydive analyzer that replays recordings, misbehaves on command and generates load.\n"
	"\n"
	"what is served\n"
	"  --recording FILE          messages, one a line; repeatable, played one after the other\n"
	"  --topology FILE           answers to topology queries, one a line; repeatable\n"
	"  --loop N|forever          times to play the recordings (1)\n"
	"  --identity none|flow|report  what makes looped reports different (none; report when looped)\n"
	"  --retime                  move all times to now (needs NAME.meta.json)\n"
	"  --framing auto|single|split-2|split-3|empty-end|bytes  (auto: as the real one)\n"
	"  --garbage PERCENT         messages of garbage between the good ones\n"
	"how fast\n"
	"  --messages-per-second N, --flows-per-second N, --real-pace (needs NAME.meta.json); else as fast as taken\n"
	"  --start N|command         begin when N subscribers are there (1), or on the command `start`\n"
	"  --max-flows N, --seconds S  then stop publishing\n"
	"  --queue N                 messages a client may be behind (10000); --drop-when-full instead of blocking all\n"
	"  --no-hold                 publish also while nobody listens\n"
	"where\n"
	"  --address ADDRESS (127.0.0.1), --port PORT (any), --cert FILE --key FILE,\n"
	"  --client-ca FILE (clients need a certificate of this CA), --username U --password P,\n"
	"  --host-id ID, --server skydive|libwebsockets, --wipe-delay MS (60)\n"
	"  --log FILE                JSON lines: connections and the serials written to each\n"
	"  --control PATH            Unix socket for commands (also read from stdin): see tests/tools/analyzer/README.md\n"
	"or\n"
	"  --discard-client URL      measure a server: read for --seconds and throw away\n";

static int parse_number(const char *text, double low, double high, double *number, struct err *err)
{
	char *end;

	errno = 0;
	*number = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(*number >= low && *number <= high))
		return err_set(err, ERR_CONFIG, "'%s' is no number from %g to %g", text, low, high);
	return 0;
}

static int parse_count(const char *text, const char *word, uint64_t *count, struct err *err)
{
	double number = 0;
	int error;

	*count = 0;
	if (strcmp(text, word) == 0)
		return 0;
	error = parse_number(text, 1, 1e15, &number, err);
	*count = (uint64_t)number;
	return error;
}

static int parse_identity(const char *text, enum identity *identity, struct err *err)
{
	static const char *const names[] = { "none", "flow", "report" };

	for (unsigned i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			*identity = (enum identity)i;
			return 0;
		}
	}
	return err_set(err, ERR_CONFIG, "no identity '%s': none, flow or report", text);
}

static int add_file(const char **list, unsigned *count, unsigned max, const char *path, struct err *err)
{
	if (*count == max)
		return err_set(err, ERR_CONFIG, "more than %u files", max);
	list[(*count)++] = path;
	return 0;
}

static int apply_number(struct options *options, int id, const char *value, struct err *err)
{
	double number = 0;
	uint64_t count = 0;
	int error;

	switch (id) {
	case OPTION_LOOP:
		return parse_count(value, "forever", &options->loops, err);
	case OPTION_MAX_FLOWS:
		return parse_count(value, "all", &options->max_flows, err);
	case OPTION_START:
		error = parse_count(value, "command", &count, err);
		options->start_with = (int)count;
		return error;
	case OPTION_MESSAGES:
		return parse_number(value, 0.001, 1e9, &options->messages_per_second, err);
	case OPTION_FLOWS:
		return parse_number(value, 0.001, 1e9, &options->flows_per_second, err);
	case OPTION_SECONDS:
		return parse_number(value, 0.001, 1e6, &options->seconds, err);
	default:
		break;
	}
	error = parse_number(value, 0, id == OPTION_GARBAGE ? 100 : 1e6, &number, err);
	if (id == OPTION_PORT)
		options->port = (int)number;
	else if (id == OPTION_QUEUE)
		options->queue = number < 1 ? 1 : (unsigned)number;
	else if (id == OPTION_GARBAGE)
		options->garbage_percent = (unsigned)number;
	else
		options->wipe_delay_ms = (int)number;
	return error;
}

/* Where a plain text option is stored; NULL for the others. */
static const char **text_place(struct options *options, int id)
{
	switch (id) {
	case OPTION_ADDRESS:
		return &options->address;
	case OPTION_HOST_ID:
		return &options->host_id;
	case OPTION_USERNAME:
		return &options->username;
	case OPTION_PASSWORD:
		return &options->password;
	case OPTION_CERT:
		return &options->cert;
	case OPTION_KEY:
		return &options->key;
	case OPTION_CLIENT_CA:
		return &options->client_ca;
	case OPTION_LOG:
		return &options->log;
	case OPTION_CONTROL:
		return &options->control;
	case OPTION_DISCARD:
		return &options->discard;
	default:
		return NULL;
	}
}

static int apply(struct options *options, int id, const char *value, struct err *err)
{
	const char **place = text_place(options, id);
	int framing;

	if (place != NULL) {
		*place = value;
		return 0;
	}
	switch (id) {
	case OPTION_RECORDING:
		return add_file(options->recordings, &options->recording_count, RECORDINGS_MAX, value, err);
	case OPTION_TOPOLOGY:
		return add_file(options->topologies, &options->topology_count, TOPOLOGIES_MAX, value, err);
	case OPTION_SERVER:
		options->libwebsockets = strcmp(value, "libwebsockets") == 0;
		return options->libwebsockets || strcmp(value, "skydive") == 0 ? 0 :
			err_set(err, ERR_CONFIG, "no server '%s'", value);
	case OPTION_PACE:
		options->real_pace = true;
		return 0;
	case OPTION_IDENTITY:
		return parse_identity(value, &options->identity, err);
	case OPTION_RETIME:
		options->retime = true;
		return 0;
	case OPTION_DROP:
		options->drop_when_full = true;
		return 0;
	case OPTION_NO_HOLD:
		options->hold = false;
		return 0;
	case OPTION_FRAMING:
		framing = framing_parse(value);
		options->framing = framing < 0 ? FRAMING_AUTO : (enum framing)framing;
		return framing < 0 ? err_set(err, ERR_CONFIG, "no framing '%s'", value) : 0;
	default:
		return apply_number(options, id, value, err);
	}
}

static int check(const struct options *options, struct err *err)
{
	if ((options->cert == NULL) != (options->key == NULL))
		return err_set(err, ERR_CONFIG, "--cert and --key go together");
	if (options->client_ca != NULL && options->cert == NULL)
		return err_set(err, ERR_CONFIG, "--client-ca needs --cert and --key");
	if ((options->username == NULL) != (options->password == NULL))
		return err_set(err, ERR_CONFIG, "--username and --password go together");
	return 0;
}

int options_parse(struct options *options, int argc, char **argv, bool *done, struct err *err)
{
	bool identity_given = false;
	int index = 0;
	int id;

	*options = (struct options){ .address = "127.0.0.1", .host_id = "skyhost1", .loops = 1, .start_with = 1,
		.queue = 10000, .hold = true, .wipe_delay_ms = 60 };
	*done = false;
	while ((id = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
		if (id == OPTION_HELP) {
			fputs(help, stdout);
			*done = true;
			return 0;
		}
		if (id == '?')
			return err_set(err, ERR_CONFIG, "see --help");
		identity_given = identity_given || id == OPTION_IDENTITY;
		if (apply(options, id, optarg, err) != 0)
			return err_prefix(err, "--%s", long_options[index].name);
	}
	if (optind < argc)
		return err_set(err, ERR_CONFIG, "'%s' is no option", argv[optind]);
	if (!identity_given && options->loops != 1)
		options->identity = IDENTITY_REPORT;
	return check(options, err);
}
