/* Where in a pipeline's two log files to begin. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_START_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_START_H

#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

/* fds: of the file before and the one of now, -1: not there. offsets: where the first wanted line begins in each, its end
 * when nothing of it is wanted. tail: that many lines at most, the last ones; since_ms: of this wall clock time or later, 0:
 * of any. Lines begin with their time (common/log.h); one that does not is as old as the one before it. */
int log_start_find(const int fds[2], unsigned tail, int64_t since_ms, off_t offsets[2], struct err *err);

#endif
