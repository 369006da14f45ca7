/* How a worker's attempts to write its objects went, since it was started. All words, for they are part of the shared
 * page. */
#ifndef SLUICE_COMMON_WRITE_FIGURES_H
#define SLUICE_COMMON_WRITE_FIGURES_H

#include <stdint.h>

enum { WRITE_BUCKETS = 12 };
/* Upper ends of the buckets, in ms; what took longer is in the last one, of none. */
extern const uint32_t write_bucket_ms[WRITE_BUCKETS];

/* Kinds of attempts that failed; by the code of their error. */
enum write_failure {
	WRITE_DENIED, WRITE_NOT_FOUND, WRITE_BUSY, WRITE_TIMEOUT, WRITE_UNTRUSTED, WRITE_NO_SPACE, WRITE_DAMAGED, WRITE_FAILED,
	WRITE_FAILURES
};
/* "denied", "not_found" … */
const char *write_failure_name(enum write_failure failure);

struct write_figures {
	uint64_t buckets[WRITE_BUCKETS + 1];  /* of those that succeeded; each by itself, not added up */
	uint64_t sum_us;
	uint64_t failures[WRITE_FAILURES];
};

/* An attempt took so long and ended with 0 or a negative enum err_code. */
void write_figures_add(struct write_figures *figures, int64_t ns, int result);

#endif
