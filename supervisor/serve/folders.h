/* Spool folders of pipelines that have no worker. */
#ifndef SLUICE_SUPERVISOR_SERVE_FOLDERS_H
#define SLUICE_SUPERVISOR_SERVE_FOLDERS_H

#include <stdint.h>

/* What the names in a spool folder tell of unsent objects (docs/durability.md, "Files of a pipeline"); flows in segments
 * are not told. */
void folder_unsent(int parent, const char *name, uint64_t *objects, uint64_t *flows);
/* Deletes the folder with all that is in it; what cannot be deleted is logged. */
void folder_remove(int parent, const char *name);

#endif
