/* What a pipeline's spool still holds, by the commit record's own account. */
#ifndef SLUICE_SERIALS_SPOOL_H
#define SLUICE_SERIALS_SPOOL_H

#include "common/err.h"

/* Prints one line of JSON for the spool in this folder, which no worker may have open: the record's number and account,
 * and each segment or object that it names, with its serials. */
int spool_print(const char *folder, struct err *err);

#endif
