/* What a pipeline has done, from its spool folder: for one whose worker has not run under this supervisor, or died while
 * it told its figures. */
#ifndef SLUICE_SUPERVISOR_SPOOL_FIGURES_H
#define SLUICE_SUPERVISOR_SPOOL_FIGURES_H

#include <stdbool.h>

#include "common/worker_page.h"

/* False, and zeros: it has no record, or none that can be read. */
bool spool_figures_read(int dirfd, struct worker_figures *figures);

#endif
