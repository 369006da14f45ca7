/* A disk without room for the worker of a stand. */
#ifndef TESTS_WORKER_SUPPORT_DISK_H
#define TESTS_WORKER_SUPPORT_DISK_H

#include "support_worker.h"

/* From now on segments of the worker in this process cannot be written while *full is true. Behind stand_start. */
void disk_fill(struct stand *stand, const bool *full);

#endif
