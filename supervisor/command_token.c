/* sluiced token create: a token without the API, for whoever has locked themselves out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"
#include "supervisor/store/crypto.h"
#include "supervisor/store/tokens.h"
#include "supervisor/token_options.h"

enum { ARENA_SIZE = 1 << 20 };

static const char help_text[] =
	"Usage: sluiced token create --role ROLE [OPTION…]\n"
	"Makes a token for the API of `sluiced serve`, which may run meanwhile, and prints it: the only time that it is shown.\n\n"
	"  --role ROLE          admin (everything), operator (a tenant's pipelines) or viewer (reads a tenant)\n"
	"  --tenant TENANT      whose pipelines; for operator and viewer\n"
	"  --description TEXT   what it is for\n"
	"  --expires WHEN       a time such as 2027-01-31T00:00:00Z, or a span from now such as 12h (never)\n"
	"  --data-dir DIR       the supervisor's (./sluice-data)\n"
	"  -h, --help           print this\n\n"
	"Exit status: 0 the token was made, 1 it was not, 2 an error in the arguments.\n";

enum option_id { OPTION_ROLE = 256, OPTION_TENANT, OPTION_DESCRIPTION, OPTION_EXPIRES, OPTION_DATA_DIR };

static void take(struct token_options *options, int option)
{
	switch (option) {
	case OPTION_ROLE:
		options->role = optarg;
		break;
	case OPTION_TENANT:
		options->tenant = optarg;
		break;
	case OPTION_DESCRIPTION:
		options->description = optarg;
		break;
	case OPTION_EXPIRES:
		options->expires = optarg;
		break;
	default:
		options->data_dir = optarg;
	}
}

/* -1: go on; else the exit status. */
static int read_arguments(struct token_options *options, struct store_token *token, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "role", required_argument, NULL, OPTION_ROLE },
		{ "tenant", required_argument, NULL, OPTION_TENANT },
		{ "description", required_argument, NULL, OPTION_DESCRIPTION },
		{ "expires", required_argument, NULL, OPTION_EXPIRES },
		{ "data-dir", required_argument, NULL, OPTION_DATA_DIR },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "token", help_text, long_options, argc, argv, 0 };
	struct err err;
	int option;

	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line.status;
		take(options, option);
	}
	if (optind >= argc)
		return command_line_refuse("token", "what is to be done? sluiced token create");
	if (strcmp(argv[optind], "create") != 0)
		return command_line_refuse("token", "there is no %s; only create", argv[optind]);
	if (optind + 1 < argc)
		return command_line_refuse("token", "takes no file, found %s", argv[optind + 1]);
	return token_options_check(options, clock_wall_ms(), token, &err) == 0 ? -1
		: command_line_refuse("token", "%s", err.message);
}

/* With what can be seen of who did it. */
static int create(struct store *store, struct store_token *token, char text[TOKEN_TEXT_SIZE], struct err *err)
{
	struct store_change change = { .who = "local", .role = "admin" };
	char address[32];
	struct arena arena;
	int error;

	snprintf(address, sizeof(address), "local:%" PRIu32, (uint32_t)getuid());
	change.address = address;
	arena_init(&arena, ARENA_SIZE);
	error = store_token_create(store, &change, token, text, NULL, &arena, err);
	arena_fini(&arena);
	return error;
}

int command_token(int argc, char **argv)
{
	const struct store_options beside = { .beside = true };
	struct token_options options = { .data_dir = "./sluice-data", .description = "" };
	struct store_token token;
	char text[TOKEN_TEXT_SIZE] = "";
	struct store *store;
	struct err err;
	int error, status = read_arguments(&options, &token, argc, argv);

	if (status >= 0)
		return status;
	error = store_open(&store, options.data_dir, &beside, &err);
	if (error == 0)
		error = create(store, &token, text, &err);
	store_close(&store);
	if (error == 0 && (puts(text) < 0 || fflush(stdout) != 0))
		error = err_set(&err, ERR_IO, "the token was made, but it could not be printed: make another one");
	crypto_cleanse(text, sizeof(text));
	if (error != 0)
		fprintf(stderr, "sluiced token: %s\n", err.message);
	return error == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
