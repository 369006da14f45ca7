/* SIGHUP, and before an upgrade: the options' file and the TLS files again. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/log_print.h"
#include "supervisor/serve/serve.h"

enum { NAMES_SIZE = 256 };

static const char *occasion;                  /* what the log calls it: who tells a mistake knows only its line */

static void log_mistake(const char *line)
{
	log_error("%s: %s", occasion, line);
}

static void add_name(char names[static NAMES_SIZE], const char *name)
{
	size_t used = strlen(names);

	snprintf(names + used, NAMES_SIZE - used, "%s%s", used > 0 ? ", " : "", name);
}

/* The listeners have TLS or have none for as long as they live. */
static bool switches_tls(const struct serve_options *before, const struct serve_options *after)
{
	return (before->tls_cert == NULL) != (after->tls_cert == NULL);
}

static bool is_tls(const struct line_option *row)
{
	return strncmp(row->name, "tls-", 4) == 0;
}

/* Both files, from where they are now. False: the old ones stay in use. */
static bool reload_tls(struct serve *serve, const struct serve_options *fresh)
{
	const struct api_tls tls = { fresh->tls_cert, fresh->tls_key };
	struct err err;

	if (serve->options.tls_cert == NULL || fresh->tls_cert == NULL)
		return false;
	if (api_server_reload(serve->api, &tls, &err) != 0) {
		log_error("%s: the TLS files cannot be read again: %s; the old ones stay in use", occasion, err.message);
		return false;
	}
	log_info("%s: the TLS files were read again", occasion);
	return true;
}

/* What others have copies of. */
static void spread(struct serve *serve)
{
	const struct serve_options *options = &serve->options;

	log_set_level(options->log_level);
	log_format_set(options->log_format);
	fleet_set_log_level(&serve->fleet, log_level_name(options->log_level));
	serve->fleet.options.drain_timeout_ns = options->drain_timeout_s * NS_PER_S;
	serve->confinement = (struct config_confinement){ options->secret_env, options->secrets_dir, &serve->endpoints };
}

/* False: something takes a restart. */
static bool apply(struct serve *serve, struct serve_options *fresh, bool tls)
{
	char applied[NAMES_SIZE] = "", waiting[NAMES_SIZE] = "";
	bool switches = switches_tls(&serve->options, fresh);

	for (const struct line_option *row = serve_line_options; row->name != NULL; row++) {
		if (line_option_same(row, &serve->options, fresh))
			continue;
		if (!row->live || (is_tls(row) && switches)) {
			add_name(waiting, row->name);
		} else if (!is_tls(row) || tls) {
			line_option_swap(row, &serve->options, fresh);
			add_name(applied, row->name);
		}
	}
	spread(serve);
	log_info("%s: %s was read again; changed: %s", occasion, serve->options.config,
		applied[0] != '\0' ? applied : "nothing");
	if (waiting[0] != '\0')
		log_warn("%s: not applied, as it takes a restart: %s", occasion, waiting);
	return waiting[0] == '\0';
}

bool serve_reload(struct serve *serve, const char *why)
{
	struct serve_options fresh;
	struct err err;
	bool tls, whole = false;

	occasion = why;
	if (serve->options.config == NULL) {
		if (serve->options.tls_cert == NULL)
			log_info("%s: there is neither a --config nor a TLS file to read again", occasion);
		return reload_tls(serve, &serve->options) || serve->options.tls_cert == NULL;
	}
	if (serve_options_again(&serve->options, &fresh, log_mistake, &err) == 0) {
		tls = reload_tls(serve, &fresh);
		whole = apply(serve, &fresh, tls) && (tls || serve->options.tls_cert == NULL);
	} else {
		log_error("%s: %s; everything stays as it was", occasion, err.message);
	}
	serve_options_fini(&fresh);
	return whole;
}
