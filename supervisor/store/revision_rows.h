/* Revisions inside this folder: what a put and a restore write. All inside the transaction. */
#ifndef SLUICE_SUPERVISOR_STORE_REVISION_ROWS_H
#define SLUICE_SUPERVISOR_STORE_REVISION_ROWS_H

#include "supervisor/store/pipelines.h"
#include "supervisor/store/revisions.h"
#include "supervisor/store/store_private.h"

struct new_revision {
	const char *pipeline, *config, *host_id, *who, *summary;
	int64_t number, at_ms;
	const unsigned char *canonical;       /* CRYPTO_HASH_SIZE bytes */
	const struct store_claim *claims;
	size_t claim_count;
};

int revision_insert(struct store *store, const struct new_revision *revision, struct err *err);
/* A copy with secrets and claims under a new number. */
int revision_copy(struct store *store, const char *id, int64_t from, int64_t number, const struct store_change *change,
	const char *summary, int64_t now_ms, struct err *err);
int revision_canonical(struct store *store, const char *id, int64_t number, unsigned char *canonical, struct err *err);
/* Drops what is more than STORE_REVISIONS. */
int revisions_trim(struct store *store, const char *id, struct err *err);

struct revision_claims {
	struct store_claim *items;
	size_t count;
};

int revision_claims_read(struct store *store, const char *id, int64_t number, struct revision_claims *claims,
	struct arena *arena, struct err *err);

#endif
