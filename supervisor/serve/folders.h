/* Spool folders: whether a worker has one, and those of pipelines that have gone. */
#ifndef SLUICE_SUPERVISOR_SERVE_FOLDERS_H
#define SLUICE_SUPERVISOR_SERVE_FOLDERS_H

#include <stdbool.h>

/* A worker holds its lock, whoever started it. */
bool folder_in_use(int parent, const char *name);

/* Deletes the folder with all that is in it; what cannot be deleted is logged. */
void folder_remove(int parent, const char *name);

/* Looks through what no pipeline is known for: what has nothing unsent is deleted, the rest is set aside as ID.left, with
 * a line in the log. */
void folders_sweep(int parent, bool (*known)(void *owner, const char *id), void *owner);

#endif
