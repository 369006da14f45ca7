/* The simulator's reports (identity `report`) found in objects: which, how often, and whether each is whole. */
#ifndef SLUICE_SERIALS_SERIAL_SET_H
#define SLUICE_SERIALS_SERIAL_SET_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct serial_set {
	unsigned char *seen;          /* a bit each serial; owned */
	uint64_t size;                /* bits */
	uint64_t records;
	uint64_t twice;               /* records whose serial was seen before */
	uint64_t mixed;               /* records whose byte counters belong to another report than their UUID */
	char bad[4096];               /* where the first of either is */
};

void serial_set_fini(struct serial_set *set);
/* Forgets what was found. */
void serial_set_clear(struct serial_set *set);
/* Takes the records of one object; `where` names it. ERR_INVALID: a UUID that is none of the simulator's. */
int serial_set_scan(struct serial_set *set, const char *content, size_t length, const char *where, struct err *err);
/* "[from,to],…" to stdout, both inclusive. */
void serial_set_print_ranges(const struct serial_set *set);

#endif
