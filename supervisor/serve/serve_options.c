#include "supervisor/serve/serve_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "common/config/endpoint.h"
#include "supervisor/command_line.h"
#include "supervisor/serve/endpoints.h"
#include "supervisor/serve/options_file.h"

enum { HOST_NAME_LENGTH = 253 };      /* of the DNS */

static const char help_text[] =
	"Usage: sluiced serve [OPTION…]\n"
	"Keeps the pipelines of many tenants running, as its REST API is told. SIGTERM and SIGINT hand them over: the next start goes\n"
	"on where this one was. SIGHUP reads the file of --config and the TLS files again: options marked * change at once, of the\n"
	"others the log says that they take a restart; a file that cannot be used changes nothing. SIGUSR2 executes the program that\n"
	"stands in this one's place now, and that takes over without a pause for any pipeline.\n\n"
	"  --config FILE           options from a YAML file, by the same names; the command line wins\n"
	"  --data-dir DIR          database, keys and spools (./sluice-data)\n"
	"  --listen ADDRESS:PORT   where the API listens; repeatable (127.0.0.1:8470)\n"
	"  --socket PATH           Unix socket for local administration (DIR/sluiced.sock)\n"
	"  --tls-cert FILE, --tls-key FILE\n"
	"                        * certificate and key (PEM); needed to listen beyond this machine\n"
	"  --insecure-listen       listen beyond this machine without TLS all the same\n"
	"  --host-name NAME        a name that browsers reach it by without TLS of its own, such as that of a proxy; repeatable (addresses\n"
	"                          and localhost; with --tls-cert any name)\n"
	"  --ring-size SIZE        memory of the flow ring of each analyzer, a power of two such as 64M (64M)\n"
	"  --page-address ADDRESS  where pages of store prom_sky_con are served, such as 0.0.0.0, which is beyond this machine\n"
	"                          (127.0.0.1)\n"
	"  --allow-endpoints NETWORK\n"
	"                          addresses of this machine or its link that tenants' objects may be sent to, such as 127.0.0.1/32;\n"
	"                          repeatable (none)\n"
	"  --max-workers N       * pipelines that may be desired to run (no limit)\n"
	"  --file-root DIR         what tenants' file writers write below, a folder each (DIR/files)\n"
	"  --secrets-dir DIR     * what tenants' ${file:} and TLS files must be below (none)\n"
	"  --secret-env PREFIX   * what names of tenants' ${env:} must begin with (none)\n"
	"  --spool-limit SIZE    * what all spools together may hold, such as 20G (no limit)\n"
	"  --sandbox MODE          what workers and subscribers are enclosed by: auto (what the kernel has), require (or do not begin),\n"
	"                          off (auto)\n"
	"  --drain-timeout SECONDS\n"
	"                        * how long a pipeline that ends may go on writing (10)\n"
	"  --log-level LEVEL     * debug, info, warn or error (info)\n"
	"  --log-format FORMAT   * text, or json: an object a line (text)\n"
	"  --host-id ID            what the connections show to analyzers (made once, and kept)\n"
	"  -h, --help              print this\n\n"
	"Exit status: 0 after a clean stop, 1 when it could not begin, 2 for an error in an option.\n";

#define ROW(name, kind, field, live) { name, kind, offsetof(struct serve_options, field), live }

const struct line_option serve_line_options[] = {
	ROW("config", LINE_OPTION_PATH, config, false),
	ROW("data-dir", LINE_OPTION_PATH, data_dir, false),
	ROW("listen", LINE_OPTION_LIST, listen, false),
	ROW("socket", LINE_OPTION_PATH_OR_NONE, socket, false),
	ROW("tls-cert", LINE_OPTION_PATH, tls_cert, true),
	ROW("tls-key", LINE_OPTION_PATH, tls_key, true),
	ROW("insecure-listen", LINE_OPTION_FLAG, insecure_listen, false),
	ROW("host-name", LINE_OPTION_LIST, host_names, false),
	ROW("ring-size", LINE_OPTION_RING_SIZE, ring_size, false),
	ROW("page-address", LINE_OPTION_TEXT, page_address, false),
	ROW("allow-endpoints", LINE_OPTION_LIST, allow_endpoints, false),
	ROW("max-workers", LINE_OPTION_COUNT, max_workers, true),
	ROW("file-root", LINE_OPTION_PATH, file_root, false),
	ROW("secrets-dir", LINE_OPTION_PATH, secrets_dir, true),
	ROW("secret-env", LINE_OPTION_TEXT, secret_env, true),
	ROW("spool-limit", LINE_OPTION_SIZE, spool_limit, true),
	ROW("sandbox", LINE_OPTION_SANDBOX, sandbox, false),
	ROW("drain-timeout", LINE_OPTION_SECONDS, drain_timeout_s, true),
	ROW("log-level", LINE_OPTION_LEVEL, log_level, true),
	ROW("log-format", LINE_OPTION_FORMAT, log_format, true),
	ROW("host-id", LINE_OPTION_HOST_ID, host_id, false),
	{ 0 },
};

static bool beyond_this_machine(const char *address)
{
	return strncmp(address, "127.", 4) != 0 && strncmp(address, "[::1]:", 6) != 0;
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* As it stands in a header Host, without a port. */
static bool is_host_name(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t length = strlen(text);

	return length > 0 && length <= HOST_NAME_LENGTH && strspn(text, characters) == length;
}

static int check_host_names(const struct line_list *names, struct err *err)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!is_host_name(names->items[i]))
			return err_set(err, ERR_CONFIG, "--host-name: \"%s\" is no name of a host: give sluice.example.net, without scheme and port",
				names->items[i]);
	}
	return 0;
}

/* What fits together only as a whole. */
static int check(const struct serve_options *options, struct err *err)
{
	struct endpoint_rules rules;

	if (endpoints_read(&rules, options, err) != 0)
		return ERR_CONFIG;
	if ((options->tls_cert == NULL) != (options->tls_key == NULL))
		return err_set(err, ERR_CONFIG, "--tls-cert and --tls-key go together");
	if (!is_address(options->page_address))
		return err_set(err, ERR_CONFIG, "--page-address: \"%s\" is no IP address", options->page_address);
	for (size_t i = 0; i < options->listen.count; i++) {
		if (api_listen_check(options->listen.items[i], err) != 0)
			return err_prefix(err, "--listen");
		if (beyond_this_machine(options->listen.items[i]) && options->tls_cert == NULL && !options->insecure_listen)
			return err_set(err, ERR_CONFIG, "--listen %s: tokens would cross the network in the clear; give --tls-cert and "
				"--tls-key, or --insecure-listen", options->listen.items[i]);
	}
	return check_host_names(&options->host_names, err);
}

static int add_defaults(struct serve_options *options, struct err *err)
{
	int error = 0;

	if (options->data_dir == NULL)
		error = line_option_take(line_options_find(serve_line_options, "data-dir", 8), options, "sluice-data", err);
	if (error == 0 && options->listen.count == 0)
		error = line_option_take(line_options_find(serve_line_options, "listen", 6), options, "127.0.0.1:8470", err);
	if (error == 0 && options->page_address == NULL)
		error = line_option_take(line_options_find(serve_line_options, "page-address", 12), options, "127.0.0.1", err);
	return error;
}

static int read_line(struct serve_options *line, bool *given, int argc, char **argv)
{
	struct command_line arguments = { .command = "serve", .help = help_text, .argc = argc, .argv = argv };
	int status;

	*line = (struct serve_options){ 0 };
	status = line_options_parse(serve_line_options, line, &arguments, given);
	if (status < 0 && optind < argc)
		return command_line_refuse("serve", "%s: serve takes no files; it keeps its pipelines in its database", argv[optind]);
	return status;
}

/* The file's values, and over them those of the command line, which are moved. */
static int merge(struct serve_options *options, struct serve_options *line, const bool *given,
	void (*tell)(const char *line), struct err *err)
{
	int error = 0;

	*options = (struct serve_options){ .ring_size = 64u << 20, .drain_timeout_s = 10, .log_level = LOG_INFO };
	if (line->config != NULL && options_file_read(line->config, serve_line_options, options, tell, err) != 0)
		error = err_prefix(err, "--config");
	for (size_t i = 0; serve_line_options[i].name != NULL; i++) {
		if (given[i])
			line_option_swap(&serve_line_options[i], options, line);
	}
	if (error == 0)
		error = add_defaults(options, err);
	return error == 0 ? check(options, err) : error;
}

static void print_line(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

int serve_options_parse(struct serve_options *options, int argc, char **argv)
{
	struct serve_options line;
	bool given[LINE_OPTIONS_MAX] = { false };
	struct err err;
	int status = read_line(&line, given, argc, argv);

	*options = (struct serve_options){ 0 };
	if (status < 0 && merge(options, &line, given, print_line, &err) != 0)
		status = command_line_refuse("serve", "%s", err.message);
	options->argc = argc;
	options->argv = argv;
	line_options_fini(serve_line_options, &line);
	return status;
}

int serve_options_again(const struct serve_options *before, struct serve_options *options, void (*tell)(const char *line),
	struct err *err)
{
	struct serve_options line;
	bool given[LINE_OPTIONS_MAX] = { false };
	int error;

	*options = (struct serve_options){ 0 };
	error = read_line(&line, given, before->argc, before->argv) < 0 ? merge(options, &line, given, tell, err)
		: err_set(err, ERR_CONFIG, "the command line");
	line_options_fini(serve_line_options, &line);
	return error;
}

void serve_options_fini(struct serve_options *options)
{
	line_options_fini(serve_line_options, options);
}
