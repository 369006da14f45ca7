/* Spool folders of pipelines that have gone. */
#ifndef SLUICE_SUPERVISOR_SERVE_FOLDERS_H
#define SLUICE_SUPERVISOR_SERVE_FOLDERS_H

/* Deletes the folder with all that is in it; what cannot be deleted is logged. */
void folder_remove(int parent, const char *name);

#endif
