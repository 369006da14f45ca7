/* What is wrong with configuration files together, though each is right by itself. */
#ifndef SLUICE_SUPERVISOR_CONFIG_CLASHES_H
#define SLUICE_SUPERVISOR_CONFIG_CLASHES_H

#include <stddef.h>

#include "supervisor/config_files.h"

/* Prints a file given twice and a host_id used twice, which are mistakes (returns how many), and warns of files that write
 * to one place. */
size_t config_clashes_report(const struct config_files *files);

#endif
