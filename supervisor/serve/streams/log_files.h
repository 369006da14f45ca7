/* What each pipeline's workers log, and what the supervisor logs about it: <data-dir>/logs/<pipeline id>.log, and the file
 * before that as <id>.log.1. Both are bounded: a log is for looking into, not for keeping. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_FILES_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "supervisor/serve/streams/watch.h"

enum { LOG_FILE_BYTES = 1 << 20, LOG_NAME_SIZE = 32 };

/* One pipeline's. Zeroed: nothing was logged yet. */
struct log_file {
	int fd;                       /* plus one; 0: not open */
	uint64_t size;
	uint64_t lost;                /* lines that could not be written */
	struct watch *readers;        /* of those who follow it: struct log_reader's */
};

/* Who follows: woken by each line, and told when there will be no more. */
struct log_reader {
	struct watch watch;
	bool over;
};

/* Opens (makes, 0700) the folder. */
int log_folder_open(int data_dirfd, const char *data_dir, int *fd, struct err *err);
/* Deletes files of no pipeline that is known. */
void log_folder_sweep(int folder, bool (*known)(void *owner, const char *id), void *owner);

/* Appends one line, without its newline. What cannot be written is counted, and told of when it can be again. */
void log_file_add(struct log_file *file, int folder, const char *id, const char *line);
/* Until watch_remove(&reader->watch). */
void log_file_follow(struct log_file *file, struct log_reader *reader);
/* Closes it, and ends those who follow. */
void log_file_close(struct log_file *file);
/* Deletes a pipeline's files. */
void log_file_remove(int folder, const char *id);

/* "<id>.log", or with before: that of the file before. */
void log_file_name(const char *id, bool before, char name[LOG_NAME_SIZE]);

#endif
