/* What objects of a pipeline look like from outside: wrapper, name's ending, headers. */
#ifndef SLUICE_WORKER_PIPELINE_FORMAT_H
#define SLUICE_WORKER_PIPELINE_FORMAT_H

#include <stdbool.h>

struct pipeline_config;
struct spool_format;

/* Whether an object is {"data":[…]}; otherwise it is a plain array. */
bool pipeline_wraps_in_data(const struct pipeline_config *config);
/* The texts are the configuration's or constants. */
void pipeline_format_fill(const struct pipeline_config *config, struct spool_format *format);

#endif
