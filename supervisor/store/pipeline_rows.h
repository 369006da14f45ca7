/* Pipelines inside this folder: reading rows, and what a put and a restore share. */
#ifndef SLUICE_SUPERVISOR_STORE_PIPELINE_ROWS_H
#define SLUICE_SUPERVISOR_STORE_PIPELINE_ROWS_H

#include "supervisor/store/pipelines.h"
#include "supervisor/store/store_private.h"

/* ERR_BUSY and STORE_STALE when if_match is given and is another etag. pipeline NULL: there is none. */
int pipeline_match(const struct store_pipeline *pipeline, const char *if_match, struct store_refusal *refusal,
	struct err *err);
/* "there is no pipeline …" as a refusal. */
int pipeline_missing(const char *name, struct store_refusal *refusal, struct err *err);

/* Inside the transaction: gives the pipeline these claims, which become its current ones; those that it no longer
 * asks for stay until they are settled. auto_host_id: what `auto` shall come to, NULL: no matter. *host_id_used: what
 * host_id came to. 0 also where something is another's: STORE_CLAIMED then, with all conflicts. */
int claims_take(struct store *store, const struct store_pipeline *pipeline, const char *host_id,
	const char *auto_host_id, const struct store_claim *claims, size_t count, const char **host_id_used, struct store_refusal *refusal,
	struct arena *arena, struct err *err);

/* Inside the transaction: a DELETE that waits for its end is taken back. */
int deletion_forget(struct store *store, const char *id, struct err *err);

/* Inside the transaction: the row as it is to be; version grows by `grow`. */
int pipeline_update(struct store *store, const struct store_pipeline *pipeline, int64_t grow, int64_t now_ms,
	struct err *err);

#endif
