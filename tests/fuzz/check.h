/* What a fuzz target holds to beyond "does not crash". */
#ifndef SLUICE_TESTS_FUZZ_CHECK_H
#define SLUICE_TESTS_FUZZ_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with these words when it does not hold: a finding. */
static inline void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

#endif
