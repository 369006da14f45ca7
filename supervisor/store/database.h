/* Opening sluice.db. Inside this folder only. */
#ifndef SLUICE_SUPERVISOR_STORE_DATABASE_H
#define SLUICE_SUPERVISOR_STORE_DATABASE_H

#include "supervisor/store/store_private.h"

#define DATABASE_FILE "sluice.db"

/* Opens it, brings it to the present version (not `beside`: then it must have it), checks it, prepares the
 * statements. */
int database_open(struct store *store, bool beside, struct err *err);
/* Opens it, and looks only whether it could be brought to the present version. */
int database_check(struct store *store, struct err *err);
void database_close(struct store *store);

#endif
