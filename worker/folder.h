/* Folders below a folder, made as needed, links not followed where a tenant's paths are confined. Sealer thread. */
#ifndef SLUICE_WORKER_FOLDER_H
#define SLUICE_WORKER_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

/* Folders whose names are known to be durable: each is asked of the disk once. Zeroed: none. */
enum { FOLDERS_KNOWN = 64 };
struct folder_memory {
	struct {
		dev_t device;
		ino_t inode;
	} known[FOLDERS_KNOWN];
	unsigned next;
};

/* Opens path (relative to base; absolute only when not confined) for reading, its missing folders made. On return its
 * name is durable, whoever made it: somebody else may have been killed before the fsync. Confined: nothing outside base
 * is reached and no link is followed. *fd is close-on-exec. */
int folder_open(int base, const char *path, bool confined, struct folder_memory *memory, int *fd, struct err *err);
/* As folder_open for a folder that is there, its name durable or not; -1 and errno otherwise. */
int folder_find(int base, const char *path, bool confined);

/* A path below a folder from outside: no "." or ".." component, none over 255 bytes. More than one slash is as one, as
 * everywhere in paths. */
bool folder_path_valid(const char *path);

#endif
