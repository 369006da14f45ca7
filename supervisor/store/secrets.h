/* Secrets inside this folder. */
#ifndef SLUICE_SUPERVISOR_STORE_SECRETS_H
#define SLUICE_SUPERVISOR_STORE_SECRETS_H

#include "supervisor/store/pipelines.h"
#include "supervisor/store/revisions.h"
#include "supervisor/store/store_private.h"

/* Where a secret belongs: what it is bound to by its encryption. */
struct secret_place {
	const char *tenant, *pipeline, *field;
};

/* Encrypts and decrypts the value of a place. *plain is allocated, NUL-terminated and to be cleansed by the caller. */
int secret_seal(const unsigned char *key, const struct secret_place *place, const char *value, unsigned char **sealed,
	size_t *sealed_length, struct err *err);
int secret_open(const unsigned char *key, const struct secret_place *place, const void *sealed, size_t sealed_length,
	char **plain, struct err *err);

/* Writes those of a new revision, inside the transaction; value NULL: the one in `kept`. */
int secrets_write(struct store *store, const char *tenant, const char *pipeline, int64_t revision,
	const struct store_secret *secrets, size_t count, const struct store_secrets *kept, struct err *err);

#endif
