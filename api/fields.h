/* A body's own members, beside the configuration: a table says what there may be. */
#ifndef SLUICE_API_FIELDS_H
#define SLUICE_API_FIELDS_H

#include <jansson.h>
#include <stdint.h>

#include "api/api_ops.h"

enum field_type {
	FIELD_TEXT,                   /* at most max characters, no control characters */
	FIELD_NAME,
	FIELD_BOOL,
	FIELD_COUNT,                  /* an integer, min … max */
	FIELD_DURATION,               /* "10s", at most max ms */
	FIELD_TIME,                   /* RFC 3339 */
	FIELD_CHOICE,                 /* one of names */
	FIELD_CHOICES,                /* a list of them */
	FIELD_LABELS,                 /* an object of texts */
	FIELD_RESTARTS,               /* "5/60s" */
	FIELD_OBJECT,                 /* with fields of its own, or with any (fields NULL) */
};

enum { FIELD_DURATION_MAX_MS = 24 * 60 * 60 * 1000 };

struct field {
	const char *name;             /* NULL ends a table */
	enum field_type type;
	int64_t min, max;
	const char *const *names;     /* NULL-terminated */
	const struct field *fields;
	bool required;
	bool nullable;                /* null: as if it were not there, or "no limit" */
};

/* Checks an object's members, and adds to the answer's errors all that is wrong, below the pointer base. Returns their
 * number. */
size_t fields_check(const json_t *object, const char *base, const struct field *fields, struct api_answer *answer);

/* Adds the nearest of these names to errors of unknown members at the top of a body that have no suggestion yet. */
void fields_suggest(const struct field *fields, struct api_answer *answer);

/* Of an object that was checked: NULL when the member is absent or null. */
const char *fields_text(const json_t *object, const char *name);
const json_t *fields_object(const json_t *object, const char *name);
bool fields_bool(const json_t *object, const char *name);
/* The member desired_state. */
enum api_desired_state fields_desired_state(const json_t *object);

/* The members of requests' bodies. */
extern const struct field tenant_fields[];
extern const struct field token_fields[];
extern const struct field pipeline_envelope_fields[];
extern const struct field start_fields[];      /* none: a start takes nothing */
extern const struct field verb_fields[];
extern const struct field session_fields[];
extern const struct field rollback_fields[];
extern const struct field log_level_fields[];
/* Documents of an import. */
extern const struct field tenant_document_fields[];
extern const struct field pipeline_document_fields[];

#endif
