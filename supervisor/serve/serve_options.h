/* The options of `sluiced serve`, of its command line and of the file that --config names. */
#ifndef SLUICE_SUPERVISOR_SERVE_SERVE_OPTIONS_H
#define SLUICE_SUPERVISOR_SERVE_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVE_LISTEN_MAX = 16 };

struct serve_options {
	const char *data_dir;
	const char *listen[SERVE_LISTEN_MAX];
	size_t listen_count;
	const char *socket;                   /* NULL: <data-dir>/sluiced.sock; "": none */
	const char *tls_cert, *tls_key;
	bool insecure_listen;
	size_t ring_size;
	unsigned max_workers;                 /* 0: no limit */
	const char *file_root, *secrets_dir, *secret_env;
	uint64_t spool_limit;                 /* bytes of all spools; 0: none */
	unsigned drain_timeout_s;
	const char *log_level;
	const char *host_id;                  /* NULL: the store's */
	char *file_text;                      /* of --config: what the texts above may point into; owned */
};

/* Parses the command line, and the file that it names. -1: go on. Anything else is the status to exit with; help or the
 * mistake has been printed. */
int serve_options_parse(struct serve_options *options, int argc, char **argv);
void serve_options_fini(struct serve_options *options);

#endif
