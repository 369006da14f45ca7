/* A set of IP prefixes: is an address in any of them? Up to 10 000 prefixes at a cost that does not grow with them.
 *
 * IPv4 is ::ffff:a.b.c.d, so an address written as ::ffff:10.1.2.3 is inside 10.0.0.0/8; as in Go's net.IPNet, a prefix
 * of IPv6 proper (::/0 too) holds no IPv4 address. */
#ifndef SLUICE_WORKER_PREFIX_TABLE_H
#define SLUICE_WORKER_PREFIX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/pipeline_config.h"
#include "common/err.h"

struct prefix_table;

/* Bits behind a prefix's length are ignored. ERR_NO_MEMORY. */
int prefix_table_new(struct prefix_table **table, const struct prefix *prefixes, size_t count, struct err *err);
void prefix_table_free(struct prefix_table **table);
bool prefix_table_contains(const struct prefix_table *table, const uint8_t address[16]);

#endif
