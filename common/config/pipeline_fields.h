/* The fields of a pipeline's configuration: the one table that parsing, errors, defaults, the effective configuration,
 * the JSON Schema and docs/configuration.md are made from. To add a field: a line here, a member in
 * struct pipeline_config, then `sluiced schema` into docs/ (see docs/README.md). */
#ifndef SLUICE_COMMON_CONFIG_PIPELINE_FIELDS_H
#define SLUICE_COMMON_CONFIG_PIPELINE_FIELDS_H

#include "common/config/config.h"
#include "common/config/option.h"

/* Targets are struct pipeline_config. The fields of one section stand together. Ends with a NULL path. */
extern const struct option pipeline_fields[];
size_t pipeline_field_count(void);

/* -1 when there is none. */
int pipeline_field_find(const char *path);
/* Is it the beginning of fields' paths, such as "pipeline.store"? */
bool pipeline_field_is_section(const char *path);

/* The environment variable that overrides the field; false for one of the kind `map`: its names are the user's. */
bool pipeline_field_variable(const struct option *option, char name[static CONFIG_VARIABLE_SIZE]);

/* Skydive's own sections: named in a warning and ignored. NULL-terminated. */
extern const char *const pipeline_ignored_sections[];

/* What to suggest for an unknown key of a section: a name of that section (copied to out), or the full path (static)
 * when it belongs elsewhere; NULL when nothing is near. */
enum { FIELD_NAME_SIZE = 64 };
const char *pipeline_field_suggestion(const char *section, const char *key, char out[static FIELD_NAME_SIZE]);

#endif
