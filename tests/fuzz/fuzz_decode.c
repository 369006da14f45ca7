/* Any bytes: the decoder accepts what jansson accepts (by the rules of subscriber/decode.h) and gives the same values.
 * Each input is decoded twice, so that the second run has the first one's order of keys to expect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decoder *decoder;
	char *text = calloc(1, size + DECODE_PADDING);
	char reason[REFERENCE_REASON_SIZE];

	if (text == NULL || (decoder == NULL && decoder_new(&decoder, DECODE_FLOWS_MAX, NULL) != 0))
		abort();
	if (size > 0)
		memcpy(text, data, size);
	for (unsigned round = 0; round < 2; round++) {
		struct decoded out;
		int result = decoder_message(decoder, text, size, &out, NULL);

		if (reference_compare(text, size, result, &out, reason) != 0) {
			fprintf(stderr, "%s\n", reason);
			abort();
		}
	}
	free(text);
	return 0;
}
