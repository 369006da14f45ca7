/* Tags by which of a flow's ends lie inside: what the classifiers share. */
#ifndef SLUICE_WORKER_CLASSIFY_H
#define SLUICE_WORKER_CLASSIFY_H

struct batch;
struct prefix_table;

/* Tags the flows that are kept. One without a network layer, or with an address that is none, is `other`. */
void classify_batch(struct batch *batch, const struct prefix_table *inside);

#endif
