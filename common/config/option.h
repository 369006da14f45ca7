/* Options: fields as data. A table of them says how each is spelled, read, limited, defaulted and explained. */
#ifndef SLUICE_COMMON_CONFIG_OPTION_H
#define SLUICE_COMMON_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/config/problem.h"
#include "common/config/tree.h"

enum option_type {                    /* what the option's place in the target is: */
	OPTION_TEXT,                  /* const char * */
	OPTION_SECRET,                /* const char * */
	OPTION_PATH,                  /* const char * */
	OPTION_KEY,                   /* const char *: a part of an object's key */
	OPTION_URL,                   /* const char * */
	OPTION_BOOL,                  /* bool */
	OPTION_COUNT,                 /* uint32_t */
	OPTION_SECONDS,               /* uint32_t */
	OPTION_ENUM,                  /* int */
	OPTION_FLAGS,                 /* uint32_t, bit 1 << value of each name */
	OPTION_TEXTS,                 /* struct text_list */
	OPTION_PREFIXES,              /* struct prefix_list */
	OPTION_ADDRESSES,             /* struct text_list of host:port or URL */
	OPTION_MAP,                   /* struct text_map; what has an empty value is left out */
};

struct option_name {
	const char *name;
	int value;
};

/* "The option at path has one of these values" (names, separated by blanks). */
struct option_when {
	const char *path;
	const char *values;           /* NULL: no condition was given */
};

struct option {
	const char *path;             /* "pipeline.subscriber.url"; NULL ends a table */
	enum option_type type;
	size_t offset;                /* of its place in the target */
	const char *fallback;         /* the default as one would write it; NULL: none */
	uint32_t min, max;            /* numbers; longest text when max is set */
	const struct option_name *names;      /* ends with a NULL name */
	const char *const *schemes;   /* of a URL; NULL-terminated */
	struct option_when when;      /* has a meaning only then */
	struct option_when required;  /* must be given then; path "": always */
	const char *help;
};

struct config_confinement;

struct option_context {
	struct arena *arena;
	struct problems *problems;
	const char *(*environment)(const char *name);
	bool resolve_secrets;         /* else ${env:} and ${file:} stay as written */
	bool secrets_elsewhere;       /* resolving: what cannot be read is a warning, and stays as written */
	bool literal_secrets;         /* "${…" has no meaning */
	const struct config_confinement *confinement; /* NULL: anything may be resolved */
};

/* Reads a value that is not empty into target (the struct that offset counts in). False after reporting why not. */
bool option_read(const struct option_context *context, const struct option *option, const struct node *node,
	void *target);

/* The name of a value; NULL when it has none. */
const struct option_name *option_name_of(const struct option_name *names, int value);
const struct option_name *option_name_find(const struct option_name *names, const char *text);
/* The nearest name, or NULL. */
const char *option_name_nearest(const struct option_name *names, const char *text);
/* Reports a text that is none of the names; hint: what to add to the message, or "". */
void option_name_refuse(struct problems *problems, const struct node *node, const struct option_name *names,
	const char *hint);
/* Is the name one of the condition's values? */
bool option_when_has(const struct option_when *when, const char *name);
/* "a, b, c" */
enum { OPTION_NAMES_SIZE = 160 };
const char *option_names_text(const struct option_name *names, char out[static OPTION_NAMES_SIZE]);

/* For the list readers and secrets: the node's text, or NULL after reporting that it is none or has characters
 * that no text here has. `what` names the thing that was expected; a secret's text is never repeated. */
const char *option_text(const struct option_context *context, const struct option *option, const struct node *node,
	const char *what);
bool option_read_list(const struct option_context *context, const struct option *option, const struct node *node,
	void *place);
bool option_read_secret(const struct option_context *context, const struct node *node, const char *text,
	const char **value);

#endif
