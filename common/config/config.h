/* A pipeline's configuration: text → tree with positions → checked values. All mistakes are found at once. */
#ifndef SLUICE_COMMON_CONFIG_CONFIG_H
#define SLUICE_COMMON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/config/pipeline_config.h"
#include "common/err.h"

enum { CONFIG_TEXT_MAX = 64 * 1024, CONFIG_DEPTH_MAX = 32 };

struct config;
struct endpoint_rules;

enum config_severity { CONFIG_WARNING, CONFIG_ERROR };

struct config_problem {
	int severity;                 /* enum config_severity */
	const char *code;             /* stable: "unknown_key", "type", "range", "required", "conflict" … */
	const char *path;             /* "pipeline.store.buffered.dirname"; "" for the document */
	unsigned line, column;        /* 1-based; of the nearest thing that is there when the field is missing */
	const char *message;          /* what is wrong */
	const char *suggestion;       /* a name or value to use instead, "" for none */
};

/* What a tenant's configuration may reach on the supervisor's machine; NULL members: nothing. */
struct config_confinement {
	const char *secret_env;       /* ${env:} names begin with this */
	const char *secrets_dir;      /* ${file:} and TLS files are below this */
	const struct endpoint_rules *endpoints;       /* where its object stores may be; NULL: anywhere */
};

struct config_options {
	/* SKYDIVE_… overrides are looked up here (as getenv); NULL: none */
	const char *(*environment)(const char *name);
	/* resolve ${env:NAME} and ${file:/path} in secrets; else they are kept as written */
	bool resolve_secrets;
	/* resolving: one that cannot be read is a warning, for the machine that the configuration is for may have it */
	bool secrets_elsewhere;
	/* a tenant's, kept by a supervisor that gives host_ids (`auto`); NULL: the operator's own. Borrowed for the call */
	const struct config_confinement *confinement;
};

/* Parses YAML (JSON is YAML to it) and checks it. Returns 0 whenever *config was made, with or without problems; an
 * error only for lack of memory. Text over CONFIG_TEXT_MAX, syntax errors and the like are problems too. */
int config_load(struct config **config, const char *text, size_t length, const struct config_options *options,
	struct err *err);
void config_free(struct config **config);

/* As config_load without the 64 KB limit and override: what the supervisor sends to a worker (config_effective). */
int config_load_effective(struct config **config, const char *text, size_t length, struct err *err);

/* Usable only when there is no error among the problems; with errors, what config_known() says. Valid until config_free. */
const struct pipeline_config *config_pipeline(const struct config *config);

/* Was the field (a path of the reference page) given, rather than left to its default? Its position, or that of the
 * nearest thing that is there. */
bool config_given(const struct config *config, const char *path, unsigned *line, unsigned *column);
/* The name of the value of a field that has one of some names ("vpclogs" of pipeline.transform.type); static. */
const char *config_choice(const struct config *config, const char *path);

/* Is the field's value what was meant, whatever is wrong elsewhere? No: an error is at it or at a section that it is in, or
 * it was not given and beside it, or beside such a section, is a key that may be it misspelled, or not all could be read. */
bool config_known(const struct config *config, const char *path);

size_t config_problem_count(const struct config *config, int severity);
/* The i-th problem of all, in order of position. */
const struct config_problem *config_problem(const struct config *config, size_t index);
size_t config_problem_total(const struct config *config);

enum config_form { CONFIG_YAML, CONFIG_JSON };
/* The configuration with all defaults; secrets as "********" when masked. */
int config_effective(const struct config *config, enum config_form form, bool mask_secrets, struct buffer *out);

/* The JSON Schema (2020-12) of a configuration, and the reference page in Markdown: both made from the table. */
int config_schema(struct buffer *out);
int config_reference(struct buffer *out);

/* Whether an environment variable that begins with the prefix overrides a field, or belongs to a section of Skydive's own.
 * If not, suggestion is the name that may have been meant, or "". */
#define CONFIG_VARIABLE_PREFIX "SKYDIVE_"
enum { CONFIG_VARIABLE_SIZE = 128 };
bool config_variable_known(const char *variable, char suggestion[static CONFIG_VARIABLE_SIZE]);

/* The nearest of a NULL-terminated list of names to a misspelled one; NULL when none is near. */
const char *config_nearest(const char *name, const char *const *names);

#endif
