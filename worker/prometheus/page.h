/* The page that Prometheus reads: names and labels as the Go exporter's prom_sky_con has them. Written piece by piece, as
 * the reader takes it. */
#ifndef SLUICE_WORKER_PROMETHEUS_PAGE_H
#define SLUICE_WORKER_PROMETHEUS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/prometheus/connections.h"

enum { PAGE_LINE_SIZE = 512 };

/* A page on its way to one reader. */
struct page {
	const struct connections *connections;
	int64_t began_ns;                     /* what has been made since is none of this page's, or might be in it twice */
	unsigned family;
	bool headed;                          /* the family's head is written */
	bool back;                            /* the next line is of the direction back */
	uint32_t slot;
	char line[PAGE_LINE_SIZE];            /* not yet taken: from `used` on */
	size_t length, used;
};

/* now_ns: CLOCK_BOOTTIME. */
void page_begin(struct page *page, const struct connections *connections, int64_t now_ns);
/* The next bytes, at most size; 0: that was all. The connections may change in between. */
size_t page_next(struct page *page, char *bytes, size_t size);

#endif
