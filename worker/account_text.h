/* The account file's text (pipeline.account.file.filename), as the Go exporter has it: bytes stored since its beginning,
 * and by the last write. Times: ms since the epoch. What is read is input: any bytes are taken. */
#ifndef SLUICE_WORKER_ACCOUNT_TEXT_H
#define SLUICE_WORKER_ACCOUNT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"

enum { ACCOUNT_TEXT_MAX = 4096 };

struct account_figures {
	int64_t start_ms, end_ms, bytes;              /* accumulate-… */
	int64_t last_start_ms, last_end_ms, last_bytes;       /* current-… */
};

int account_text_write(const struct account_figures *figures, struct buffer *out);
/* ERR_CORRUPT: it is no account. */
int account_text_read(struct account_figures *figures, const char *text, size_t length, struct err *err);

/* What the file is derived from, beside the commit record: kept in the spool. */
struct account_base {
	char *path;                           /* of the configuration; owned */
	int64_t bytes;                        /* what the file said when `written` bytes were stored */
	uint64_t written;
	int64_t start_ms;
	bool made;                            /* the file has been there since: when it is missing somebody has taken it away */
};

int account_base_write(const struct account_base *base, struct buffer *out);
/* ERR_CORRUPT, ERR_NO_MEMORY. Free it in any case. */
int account_base_read(struct account_base *base, const char *text, size_t length, struct err *err);
void account_base_fini(struct account_base *base);

#endif
