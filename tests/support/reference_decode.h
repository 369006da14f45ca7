/* What subscriber/decode.h promises, worked out a second time with jansson, slowly and independently. */
#ifndef SLUICE_TESTS_SUPPORT_REFERENCE_DECODE_H
#define SLUICE_TESTS_SUPPORT_REFERENCE_DECODE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "subscriber/decode.h"

enum { REFERENCE_REASON_SIZE = 256 };

/* Loads a text as the decoder's rules say: jansson with \u0000 allowed and numbers of any size (those that do not fit
 * become 0.0). NULL when it is refused; else a new reference. */
json_t *reference_load(const char *text, size_t length);

/* Compares what decoder_message gave for a text with what jansson gives. 0, or -1 and the difference in reason. */
int reference_compare(const char *text, size_t length, int result, const struct decoded *out,
	char reason[REFERENCE_REASON_SIZE]);

#endif
