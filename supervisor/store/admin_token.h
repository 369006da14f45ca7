/* The admin token of the first start. Inside this folder only. */
#ifndef SLUICE_SUPERVISOR_STORE_ADMIN_TOKEN_H
#define SLUICE_SUPERVISOR_STORE_ADMIN_TOKEN_H

#include "supervisor/store/store_private.h"

/* Makes a token and writes it to admin.token, once in the life of a database. The file comes first: a first start
 * that is cut short between the two writes it anew. */
int admin_token_make(struct store *store, struct err *err);

#endif
