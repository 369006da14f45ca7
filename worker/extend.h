/* What records of secadvisor are extended by: values of the topology, asked with queries that are made from each record. */
#ifndef SLUICE_WORKER_EXTEND_H
#define SLUICE_WORKER_EXTEND_H

#include "common/buffer.h"
#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "worker/secadvisor_record.h"
#include "worker/topology/topology.h"

struct batch;
struct extend;

/* *extend stays NULL where the configuration has no entry; its texts are borrowed. ERR_NO_MEMORY; ERR_CONFIG: an entry that
 * the configuration's rules would have refused. */
int extend_new(struct extend **extend, const struct pipeline_config *config, struct err *err);
void extend_free(struct extend **extend);

/* Asks for all entries that the record has the fields of; detail: the rest of the record, as far as `states` (bits of enum
 * topology_state) say that it is known. *values: in the batch's arena, for extend_write. Returns the answers' states, as
 * bits; -1: no memory. */
int extend_ask(struct extend *extend, struct topology *topology, const struct batch *batch, const struct flow *flow,
	struct secadvisor_detail *detail, unsigned states);

/* The most bytes that extend_put writes. */
size_t extend_bound(const struct extend *extend, const char *const *values);
/* Writes the member "Extend" and a comma, or nothing where no entry has a value. Returns the place behind it. */
char *extend_put(const struct extend *extend, const char *const *values, char *to);

#endif
