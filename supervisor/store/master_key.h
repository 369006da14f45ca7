/* master.key, and how it is replaced.
 *
 * The database keeps a fingerprint of the key that its secrets are encrypted under. A new key is first written to
 * master.key.next; then secrets and fingerprint change in one transaction; then the file is renamed over master.key.
 * Killed before the commit: master.key fits, the other is removed. Killed after it: master.key.next fits and takes its
 * place. Inside this folder only. */
#ifndef SLUICE_SUPERVISOR_STORE_MASTER_KEY_H
#define SLUICE_SUPERVISOR_STORE_MASTER_KEY_H

#include "supervisor/store/store_private.h"

#define MASTER_KEY_FILE "master.key"
#define MASTER_KEY_NEXT "master.key.next"

/* Reads the key that fits the database into store->key; makes one when the database has never had any. */
int master_key_load(struct store *store, struct err *err);
/* Notes in the present transaction which key fits. */
int master_key_note(struct store *store, const unsigned char *key, struct err *err);

#endif
