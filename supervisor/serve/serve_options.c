#include "supervisor/serve/serve_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/problem.h"
#include "common/config/yaml.h"
#include "common/log.h"
#include "supervisor/command.h"
#include "supervisor/command_line.h"

static const char help_text[] =
	"Usage: sluiced serve [OPTION…]\n"
	"Keeps the pipelines of many tenants running, as its REST API is told. SIGTERM and SIGINT hand them over: the next start goes\n"
	"on where this one was. SIGHUP reads the TLS files again.\n\n"
	"  --config FILE           options from a YAML file, by the same names; the command line wins\n"
	"  --data-dir DIR          database, keys and spools (./sluice-data)\n"
	"  --listen ADDRESS:PORT   where the API listens; repeatable (127.0.0.1:8470)\n"
	"  --socket PATH           Unix socket for local administration (DIR/sluiced.sock)\n"
	"  --tls-cert FILE, --tls-key FILE\n"
	"                          certificate and key (PEM); needed to listen beyond this machine\n"
	"  --insecure-listen       listen beyond this machine without TLS all the same\n"
	"  --ring-size SIZE        memory of the flow ring of each analyzer, a power of two such as 64M (64M)\n"
	"  --max-workers N         pipelines that may be desired to run (no limit)\n"
	"  --file-root DIR         what tenants' file writers write below, a folder each (DIR/files)\n"
	"  --secrets-dir DIR       what tenants' ${file:} and TLS files must be below (none)\n"
	"  --secret-env PREFIX     what names of tenants' ${env:} must begin with (none)\n"
	"  --spool-limit SIZE      what all spools together may hold, such as 20G (no limit)\n"
	"  --drain-timeout SECONDS how long a pipeline that ends may go on writing (10)\n"
	"  --log-level LEVEL       debug, info, warn or error (info)\n"
	"  --host-id ID            what the connections show to analyzers (made once, and kept)\n"
	"  -h, --help              print this\n\n"
	"Exit status: 0 after a clean stop, 1 when it could not begin, 2 for an error in an option.\n";

enum option_id { OPTION_CONFIG = 256, OPTION_NAMED };

static const char *const names[] = { "data-dir", "listen", "socket", "tls-cert", "tls-key", "insecure-listen", "ring-size",
	"max-workers", "file-root", "secrets-dir", "secret-env", "spool-limit", "drain-timeout", "log-level", "host-id", NULL };

/* ---- values ---- */

static bool parse_size(const char *text, uint64_t *size)
{
	unsigned long long value;
	unsigned shift = 0;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'M' || *end == 'G' || *end == 'T') {
		shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 40;
		end++;
	}
	*size = (uint64_t)value << shift;
	return isdigit((unsigned char)*text) && errno == 0 && *end == '\0' && *size >> shift == value;
}

static const char *take_ring_size(struct serve_options *options, const char *value)
{
	uint64_t size;

	if (!parse_size(value, &size) || size < 1 << 16 || size > UINT64_C(4) << 30 || (size & (size - 1)) != 0)
		return "no power of two from 64K to 4G";
	options->ring_size = (size_t)size;
	return NULL;
}

static const char *take_count(unsigned *count, const char *value, uint64_t max)
{
	uint64_t number;

	if (!parse_size(value, &number) || number > max)
		return "no number in its range";
	*count = (unsigned)number;
	return NULL;
}

static const char *take_seconds(unsigned *seconds, const char *value)
{
	char digits[16];
	size_t length = strlen(value);

	if (length > 0 && value[length - 1] == 's')
		length--;
	if (length >= sizeof(digits))
		return "no number of seconds from 0 to 86400";
	snprintf(digits, sizeof(digits), "%.*s", (int)length, value);
	return take_count(seconds, digits, 86400) != NULL ? "no number of seconds from 0 to 86400" : NULL;
}

static const char *take_listen(struct serve_options *options, const char *value)
{
	if (options->listen_count == SERVE_LISTEN_MAX)
		return "too many addresses";
	options->listen[options->listen_count++] = value;
	return NULL;
}

static const char *take_flag(bool *flag, const char *value)
{
	*flag = value == NULL || strcmp(value, "true") == 0;
	return *flag || strcmp(value, "false") == 0 ? NULL : "neither true nor false";
}

static const char *take_text(const char **text, const char *value, bool empty)
{
	*text = value;
	return value[0] != '\0' || empty ? NULL : "is empty";
}

/* NULL: taken. Else what is wrong with the value. */
static const char *take(struct serve_options *options, const char *name, const char *value)
{
	if (strcmp(name, "data-dir") == 0)
		return take_text(&options->data_dir, value, false);
	if (strcmp(name, "listen") == 0)
		return take_listen(options, value);
	if (strcmp(name, "socket") == 0)
		return take_text(&options->socket, value, true);
	if (strcmp(name, "tls-cert") == 0)
		return take_text(&options->tls_cert, value, false);
	if (strcmp(name, "tls-key") == 0)
		return take_text(&options->tls_key, value, false);
	if (strcmp(name, "insecure-listen") == 0)
		return take_flag(&options->insecure_listen, value);
	if (strcmp(name, "ring-size") == 0)
		return take_ring_size(options, value);
	if (strcmp(name, "max-workers") == 0)
		return take_count(&options->max_workers, value, 100000);
	if (strcmp(name, "file-root") == 0)
		return take_text(&options->file_root, value, false);
	if (strcmp(name, "secrets-dir") == 0)
		return take_text(&options->secrets_dir, value, false);
	if (strcmp(name, "secret-env") == 0)
		return take_text(&options->secret_env, value, false);
	if (strcmp(name, "spool-limit") == 0)
		return parse_size(value, &options->spool_limit) ? NULL : "no size such as 20G";
	if (strcmp(name, "drain-timeout") == 0)
		return take_seconds(&options->drain_timeout_s, value);
	if (strcmp(name, "host-id") == 0)
		return take_text(&options->host_id, value, false);
	options->log_level = value;
	return log_level_parse(value) >= 0 ? NULL : "none of debug, info, warn, error";
}

/* ---- the file ---- */

static const char *known_name(const struct node *node)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strlen(names[i]) == node->key_length && memcmp(names[i], node->key, node->key_length) == 0)
			return names[i];
	}
	return NULL;
}

static void take_value(struct serve_options *options, struct problems *problems, const char *name,
	const struct node *node)
{
	const char *wrong = node->kind != NODE_SCALAR ? "not one value" : take(options, name, node->text);

	if (wrong != NULL)
		problem_at(problems, node, "value", NULL, "%s: %s", name, wrong);
}

static void take_tree(struct serve_options *options, struct problems *problems, const struct node *root)
{
	if (root != NULL && root->kind != NODE_MAP) {
		problem_at(problems, root, "type", NULL, "not a map of options");
		return;
	}
	for (const struct node *node = root != NULL ? root->first : NULL; node != NULL; node = node->next) {
		const char *name = known_name(node);

		if (name == NULL)
			problem_at_key(problems, node, CONFIG_ERROR, "unknown_key", NULL, "there is no option of this name");
		else if (node->kind == NODE_LIST && strcmp(name, "listen") == 0)
			for (const struct node *item = node->first; item != NULL; item = item->next)
				take_value(options, problems, name, item);
		else
			take_value(options, problems, name, node);
	}
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file != NULL ? calloc(1, CONFIG_TEXT_MAX + 1) : NULL;

	if (text != NULL && fread(text, 1, CONFIG_TEXT_MAX, file) == 0 && ferror(file)) {
		free(text);
		text = NULL;
	}
	if (file != NULL)
		fclose(file);
	return text;
}

/* The texts stay in the arena of this one file for the process's life. */
static int take_file(struct serve_options *options, const char *path)
{
	static struct arena arena;
	struct problems problems;
	bool whole;

	options->file_text = read_file(path);
	if (options->file_text == NULL)
		return command_line_refuse("serve", "--config: %s: %s", path, strerror(errno));
	arena_init(&arena, 4 << 20);
	problems_init(&problems, &arena);
	take_tree(options, &problems, yaml_read(options->file_text, strlen(options->file_text), &problems, &whole));
	problems_sort(&problems);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", path, problems.items[i].line, problems.items[i].column,
			problems.items[i].message);
	return problems.count > 0 ? EXIT_STATUS_CONFIG : -1;
}

/* ---- the command line ---- */

static void fill_long_options(struct option *options)
{
	size_t count = 0;

	options[count++] = (struct option){ "config", required_argument, NULL, OPTION_CONFIG };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	for (size_t i = 0; names[i] != NULL; i++)
		options[count++] = (struct option){ names[i], strcmp(names[i], "insecure-listen") == 0 ? no_argument
			: required_argument, NULL, OPTION_NAMED + (int)i };
	options[count] = (struct option){ 0 };
}

static bool beyond_this_machine(const char *address)
{
	return strncmp(address, "127.", 4) != 0 && strncmp(address, "[::1]", 5) != 0 && strncmp(address, "localhost:", 10) != 0;
}

/* What fits together only as a whole. */
static int check(const struct serve_options *options)
{
	if ((options->tls_cert == NULL) != (options->tls_key == NULL))
		return command_line_refuse("serve", "--tls-cert and --tls-key go together");
	for (size_t i = 0; i < options->listen_count; i++) {
		if (beyond_this_machine(options->listen[i]) && options->tls_cert == NULL && !options->insecure_listen)
			return command_line_refuse("serve", "--listen %s: tokens would cross the network in the clear; give --tls-cert "
				"and --tls-key, or --insecure-listen", options->listen[i]);
	}
	return -1;
}

static int take_arguments(struct serve_options *options, int argc, char **argv, bool file_only)
{
	struct option long_options[sizeof(names) / sizeof(names[0]) + 2];
	struct command_line line = { .command = "serve", .help = help_text, .options = long_options, .argc = argc,
		.argv = argv };
	int option;

	fill_long_options(long_options);
	optind = 1;
	while ((option = command_line_next(&line)) != COMMAND_LINE_END) {
		const char *wrong = NULL;

		if (option == COMMAND_LINE_OVER)
			return line.status;
		if (option == OPTION_CONFIG && file_only)
			return take_file(options, optarg);
		if (option >= OPTION_NAMED && !file_only)
			wrong = take(options, names[option - OPTION_NAMED], optarg);
		if (wrong != NULL)
			return command_line_refuse("serve", "--%s: \"%s\": %s", names[option - OPTION_NAMED], optarg, wrong);
	}
	if (optind < argc)
		return command_line_refuse("serve", "%s: serve takes no files; it keeps its pipelines in its database", argv[optind]);
	return -1;
}

int serve_options_parse(struct serve_options *options, int argc, char **argv)
{
	size_t from_file;
	int status;

	*options = (struct serve_options){ .data_dir = "sluice-data", .ring_size = 64u << 20, .drain_timeout_s = 10,
		.log_level = "info" };
	status = take_arguments(options, argc, argv, true);
	if (status >= 0)
		return status;
	/* addresses of the command line take the place of the file's */
	from_file = options->listen_count;
	options->listen_count = 0;
	status = take_arguments(options, argc, argv, false);
	if (status >= 0)
		return status;
	if (options->listen_count == 0)
		options->listen_count = from_file;
	if (options->listen_count == 0)
		options->listen[options->listen_count++] = "127.0.0.1:8470";
	return check(options);
}

void serve_options_fini(struct serve_options *options)
{
	free(options->file_text);
	options->file_text = NULL;
}
