/* The options of `sluiced serve`, of its command line and of the file that --config names. */
#ifndef SLUICE_SUPERVISOR_SERVE_SERVE_OPTIONS_H
#define SLUICE_SUPERVISOR_SERVE_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "supervisor/enclosing.h"
#include "supervisor/line_options.h"
#include "supervisor/log_print.h"

/* Texts are owned. */
struct serve_options {
	char *config;                         /* NULL: no file */
	char *data_dir;
	struct line_list listen;
	struct line_list allow_endpoints;     /* networks */
	struct line_list host_names;          /* for browsers; empty: as api/server.h has it */
	char *socket;                         /* NULL: <data-dir>/sluiced.sock; "": none */
	char *tls_cert, *tls_key;
	bool insecure_listen;
	size_t ring_size;
	unsigned max_workers;                 /* 0: no limit */
	char *file_root, *secrets_dir, *secret_env;
	uint64_t spool_limit;                 /* bytes of all spools; 0: none */
	unsigned drain_timeout_s;
	enum log_level log_level;
	enum log_format log_format;
	enum sandbox_mode sandbox;
	char *page_address;                   /* pages of store prom_sky_con */
	char *host_id;                        /* NULL: the store's */
	int argc;                             /* the command line, to be read again; borrowed */
	char **argv;
};

/* One row an option. */
extern const struct line_option serve_line_options[];

/* Parses the command line, and the file that it names. -1: go on. Anything else is the status to exit with; help or the
 * mistake has been printed. */
int serve_options_parse(struct serve_options *options, int argc, char **argv);
/* Reads the command line of `before` and its file again, into other options. An error says what is wrong; each mistake in
 * the file has gone to tell, as a line, before. */
int serve_options_again(const struct serve_options *before, struct serve_options *options, void (*tell)(const char *line),
	struct err *err);
/* Also after a mistake. */
void serve_options_fini(struct serve_options *options);

#endif
