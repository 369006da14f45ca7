/* Pipelines as they are wanted: configuration, desired state, what they claim. */
#ifndef SLUICE_SUPERVISOR_STORE_PIPELINES_H
#define SLUICE_SUPERVISOR_STORE_PIPELINES_H

#include "supervisor/store/store.h"

enum { STORE_ID_LENGTH = 16 };

/* Where a stop that was ordered ends (durability.md, Recovery 5). */
struct store_stop {
	uint64_t epoch, sequence;
};

struct store_pipeline {
	const char *id;               /* 16 hex digits, the spool folder's name; never used again */
	const char *tenant, *name;
	const char *host_id;          /* as configured: "", a name, or "auto" */
	const char *host_id_used;     /* what that came to */
	const char *description;
	const char *labels, *limits;  /* JSON objects */
	const char *etag;             /* changes with configuration, description, labels, limits; without quotes */
	bool running;                 /* the desired state */
	int64_t revision;
	int64_t last_good;            /* the last revision that was ready; 0: none */
	bool stop_ordered;
	struct store_stop stop;
	int64_t created_ms, updated_ms;
	const char *config;           /* JSON without secret values; NULL in lists that did not ask for it */
};

/* ERR_NOT_FOUND. The configuration of the present revision is included. */
int store_pipeline_get(struct store *store, const char *tenant, const char *name, struct store_pipeline *pipeline,
	struct arena *arena, struct err *err);
int store_pipeline_get_id(struct store *store, const char *id, struct store_pipeline *pipeline, struct arena *arena,
	struct err *err);

struct store_filter {
	const char *tenant;           /* NULL: all */
	const char *text;             /* part of name, tenant, host_id or description, ASCII case ignored; NULL: any */
	const char *labels;           /* JSON object of texts, all of which must be among the pipeline's; NULL: any */
};

struct store_pipelines {
	struct store_pipeline *items;
	size_t count;
	const char *next;             /* give it as `after` for the next page; NULL: there is none */
};

/* Sorted by tenant and name; the order stands while pipelines come and go. filter may be NULL. ERR_INVALID: `after` is
 * not from here, or the filter's labels are no JSON object. */
int store_pipelines_list(struct store *store, const struct store_filter *filter, const char *after, unsigned limit,
	bool with_config, struct store_pipelines *list, struct arena *arena, struct err *err);

struct store_claim {
	const char *kind, *value;     /* "port" or "file"; host_id has its own field in a put. "" claims nothing */
};

struct store_secret {
	const char *field;            /* path of the field, "pipeline.write.s3.secret_key" */
	const char *value;            /* borrowed; NULL: keep what is stored (a write that sent {"set":true}) */
};

enum store_desired { STORE_KEEP_STATE, STORE_RUN, STORE_STOP };

struct store_put {
	const char *tenant, *name;
	const char *config;           /* JSON without secret values */
	const char *canonical;        /* the effective configuration without secrets: another one makes a new revision */
	const unsigned char *digest;  /* instead of canonical, for who has no room for it: what store_digest() gave */
	const struct store_secret *secrets;   /* all of the configuration; one that is missing here is gone */
	size_t secret_count;
	const char *host_id;
	const char *auto_host_id;     /* what `auto` shall come to; NULL: what it was, else one that is free */
	const struct store_claim *claims;
	size_t claim_count;
	const char *description, *labels, *limits;   /* NULL keeps (created: "", {}, {}) */
	int desired;                  /* enum store_desired; KEEP of a new one is RUN */
	const char *if_match;         /* an etag without quotes, "*": must exist; NULL: whatever is there */
	bool create_only;             /* STORE_EXISTS when it is there */
	const char *summary;          /* for the list of revisions; NULL: "" */
};

struct store_put_result {
	int outcome;                  /* enum store_outcome */
	bool new_revision;
	struct store_pipeline pipeline;   /* as it is now; of a dry run: as it would be (a new one's id is not kept) */
	struct store_refusal refusal;
};

enum { STORE_DIGEST_SIZE = 32 };
int store_digest(const char *canonical, unsigned char digest[STORE_DIGEST_SIZE], struct err *err);

/* Creates or replaces. Refusals: STORE_NO_TENANT and STALE, else all that hold of EXISTS, QUOTA, SECRET_MISSING, CLAIMED. */
int store_pipeline_put(struct store *store, const struct store_change *change, const struct store_put *put,
	struct store_put_result *result, struct arena *arena, struct err *err);
/* Saves a copy of a revision, secrets and claims included, as a new one. Refusals: STORE_NO_PIPELINE, NO_REVISION,
 * STALE, CLAIMED (its host_id is another's by now). summary may be NULL. */
int store_pipeline_restore(struct store *store, const struct store_change *change, const char *id, int64_t revision,
	const char *if_match, const char *summary, struct store_put_result *result, struct arena *arena,
	struct err *err);
/* Sets the desired state. stop: where a stop ends, kept before it is sent; NULL: nothing runs, or is to run. An ordered
 * stop stands, also over a start, until store_pipeline_order_stop clears it. A start takes back a DELETE that waits
 * (deletions.h). No audit row when nothing changes. outcome may be NULL. ERR_NOT_FOUND. */
int store_pipeline_set_desired(struct store *store, const struct store_change *change, const char *id, bool running,
	const struct store_stop *stop, int *outcome, struct err *err);
/* Orders a stop that is none of the user's (a change of analyzer), or with NULL forgets one that was carried out. */
int store_pipeline_order_stop(struct store *store, const char *id, const struct store_stop *stop, struct err *err);
/* Deletes it with its revisions, secrets and claims. Refusals: STORE_NO_PIPELINE, STALE; refusal may be NULL. */
int store_pipeline_delete(struct store *store, const struct store_change *change, const char *id, const char *if_match,
	struct store_refusal *refusal, struct err *err);

/* ---- claims: what only one pipeline of all tenants may have ---- */

struct store_held {
	const char *kind, *value;
	const char *tenant, *name, *id;
	bool current;                 /* false: of an earlier revision, kept until the present one is ready */
};

struct store_helds {
	struct store_held *items;
	size_t count;
	const char *next;
};

/* In a group, before puts that give its host_id to another: it has none. Behind them *host_id, which it had, is kept
 * for it until its new revision is ready, as with any change of it, unless it was taken. */
int store_host_id_give_up(struct store *store, const char *id, struct err *err);
int store_host_id_reserve(struct store *store, const char *id, const char *host_id, struct err *err);
/* The new revision is ready: what only earlier ones claimed is free. */
int store_claims_settle(struct store *store, const char *id, struct err *err);
/* All of a kind, sorted by value. */
int store_claims_list(struct store *store, const char *kind, const char *after, unsigned limit,
	struct store_helds *list, struct arena *arena, struct err *err);

#endif
