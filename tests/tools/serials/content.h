/* A file's content as its reader sees it. */
#ifndef SLUICE_SERIALS_CONTENT_H
#define SLUICE_SERIALS_CONTENT_H

#include <sys/types.h>

#include "common/buffer.h"
#include "common/err.h"

#define CONTENT_CAP (UINT64_C(4) << 30)

/* Reads a file from `offset` on, gzip or not; a NUL is put behind it. ERR_CORRUPT: it cannot be unpacked. */
int content_read(int dirfd, const char *path, off_t offset, struct buffer *content, struct err *err);

#endif
