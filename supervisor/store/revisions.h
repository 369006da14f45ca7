/* Revisions of a pipeline's configuration, and their secrets. */
#ifndef SLUICE_SUPERVISOR_STORE_REVISIONS_H
#define SLUICE_SUPERVISOR_STORE_REVISIONS_H

#include "supervisor/store/store.h"

enum { STORE_REVISIONS = 50 };        /* kept of a pipeline; the present and the last good one always */

enum store_result { STORE_NOT_RUN, STORE_READY, STORE_NEVER_READY };

struct store_revision {
	int64_t number;
	const char *config;           /* JSON without secret values; NULL in lists */
	const char *host_id;          /* as configured */
	const char *who;
	const char *who_description;  /* of that token; "": it has none, is none, or is gone */
	const char *summary;
	int64_t at_ms;
	int64_t restored_from;        /* 0: written by somebody */
	int result;                   /* enum store_result */
	int64_t ran_ms;               /* how long it ran, in all */
};

struct store_revisions {
	struct store_revision *items;
	size_t count;
};

/* Newest first: all of them. */
int store_revisions_list(struct store *store, const char *id, struct store_revisions *list, struct arena *arena,
	struct err *err);
/* ERR_NOT_FOUND. */
int store_revision_get(struct store *store, const char *id, int64_t number, struct store_revision *revision,
	struct arena *arena, struct err *err);
/* What came of it. STORE_READY makes it the last good one and, when it is the present one, settles the claims. */
int store_revision_set_result(struct store *store, const char *id, int64_t number, int result, struct err *err);
/* It has run for another `ms`. */
int store_revision_add_ran(struct store *store, const char *id, int64_t number, int64_t ms, struct err *err);

/* Decrypted values. Memory of their own, so that they can be cleansed. */
struct store_secret_value {
	char *field, *value;
};

struct store_secrets {
	struct store_secret_value *items;
	size_t count;
};

/* All secrets of a revision, sorted by field. ERR_CORRUPT: one of them was tampered with. */
int store_secrets_read(struct store *store, const char *id, int64_t revision, struct store_secrets *secrets,
	struct err *err);
/* As store_secrets_read, for a write that replaces the revision: where one cannot be decrypted, which a lost master key
 * leaves behind, there are none to keep. */
int store_secrets_read_kept(struct store *store, const char *id, int64_t revision, struct store_secrets *secrets,
	struct err *err);
/* Cleanses and frees. */
void store_secrets_fini(struct store_secrets *secrets);
/* NULL: there is none for this field. */
const char *store_secrets_value(const struct store_secrets *secrets, const char *field);
/* Which fields have one, without reading them. */
int store_secret_fields(struct store *store, const char *id, int64_t revision, const char *const **fields,
	size_t *count, struct arena *arena, struct err *err);

#endif
