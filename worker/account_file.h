/* account: file. A file with the number of bytes stored, written behind each commit that settles objects, by the sealer.
 *
 * It holds nothing that it is the only one to know: its number is what it was when this pipeline began with it (the base,
 * kept in the spool, durable before anything is counted) and the commit record's bytes_written since. So a worker that is
 * killed anywhere between a commit and the file leaves a file that its successor brings up to date, and nothing is counted
 * twice. A file that somebody takes away begins anew; a damaged one is set aside. */
#ifndef SLUICE_WORKER_ACCOUNT_FILE_H
#define SLUICE_WORKER_ACCOUNT_FILE_H

#include <stdbool.h>

#include "common/err.h"

struct account_file;
struct worker;

/* Behind the recovery, before anything is sent: waits for the disk. *account is NULL where the configuration has none;
 * one that it had before is brought up to date. ERR_IO …: the file or the base cannot be read, or the base not written. */
int account_file_new(struct account_file **account, struct worker *worker, struct err *err);
/* Has it written when there is more to say. */
void account_file_turn(struct account_file *account);
/* Of a drain: nothing is being written; what could not be is tried once more first. */
bool account_file_ends(struct account_file *account);
/* The sealer has ended. */
void account_file_free(struct account_file **account);

#endif
