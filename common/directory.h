/* Reading a folder's entries without following a link to it. */
#ifndef SLUICE_COMMON_DIRECTORY_H
#define SLUICE_COMMON_DIRECTORY_H

#include <dirent.h>

/* The folder `name` below the one that `parent` is open on, to be read from its beginning; "." is that one itself. NULL with
 * errno: it is not there, is no folder, or is a link. The caller closes it with closedir(). */
DIR *directory_open(int parent, const char *name);

#endif
