/* What is known of one configuration while it is checked, and afterwards. */
#ifndef SLUICE_COMMON_CONFIG_LOAD_H
#define SLUICE_COMMON_CONFIG_LOAD_H

#include "common/arena.h"
#include "common/config/config.h"
#include "common/config/pipeline_config.h"
#include "common/config/pipeline_fields.h"

struct field_state {
	const struct node *node;      /* the value that was given, not empty; NULL: the default holds */
	const char *variable;         /* the environment gave it; NULL: the file */
	bool failed;                  /* given, but not to be read: reported, and nothing follows from it */
};

struct config {
	struct arena arena;
	struct problems problems;
	struct pipeline_config pipeline;
	const char *text;             /* the document, NUL-terminated; "" when it could not be read */
	size_t text_length;
	const struct node *root;      /* NULL: an empty text */
	const struct config_confinement *confinement; /* while it is loaded; NULL: none */
	bool whole;                   /* all of the text was read: what is missing is missing */
	struct field_state *fields;   /* one for each of pipeline_fields */
};

/* bind.c: finds the node of each field; reports keys that are none. */
void config_bind(struct config *config);
/* evaluate.c: reads values and defaults; reports what is wrong with each by itself, or in its section's type. */
void config_evaluate(struct config *config, const struct config_options *options, bool literal_secrets);
/* rules.c: reports what does not go together, then fills in the defaults that follow from other fields. */
void config_check_rules(struct config *config);
/* rules_paths.c: what an object's path can be where objects are files. */
void config_check_paths(struct config *config);
/* rules_key.c: what key_template may be; makes the layout that it comes to. */
void config_check_key(struct config *config);
/* rules_aws.c: fields and constants of awsflowlogs; makes their header line. */
void config_check_aws(struct config *config);
/* rules_extend.c: the entries of secadvisor's extend. */
void config_check_extend(struct config *config);
/* rules_header.c: names of the header object. */
void config_check_header(struct config *config);

enum config_truth { CONFIG_NO, CONFIG_MAYBE, CONFIG_YES };
/* Does the condition hold? MAYBE where that was left open, or hangs on a value that is itself wrong. */
enum config_truth config_holds(const struct config *config, const struct option_when *when);
/* Reports at the field's value, or at the nearest thing that is there. */
void config_report(struct config *config, const char *path, enum config_severity severity, const char *code,
	const char *suggestion, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The node that this text of a list was read from; NULL where the list is one text (of the environment). The field must be
 * given. */
const struct node *config_item(const struct config *config, const char *path, const char *text);
/* Where a value begins in the document. */
const char *config_raw(const struct config *config, const struct node *node);
/* Line and column of the byte `offset` of the value; raw: config_raw of it. */
void config_place(const struct node *node, const char *raw, size_t offset, unsigned *line, unsigned *column);

#endif
