/* Any bytes as a token: what is taken for one has its form and its checksum, and no other character makes one of it. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "supervisor/store/token_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_valid(char *text)
{
	char check[9];

	snprintf(check, sizeof(check), "%08x", (unsigned)crc32c(0, text, TOKEN_TEXT_LENGTH - 8));
	if (memcmp(text, "slc_", 4) != 0 || memcmp(text + TOKEN_TEXT_LENGTH - 8, check, 8) != 0)
		abort();
	for (size_t i = 0; i < TOKEN_TEXT_LENGTH; i++) {
		char was = text[i];

		text[i] = was == '7' ? '8' : '7';
		if (token_text_valid(text, TOKEN_TEXT_LENGTH))
			abort();        /* one wrong character must be found */
		text[i] = was;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);         /* of its own length: reading beyond it is found */

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	if (token_text_valid(text, size)) {
		if (size != TOKEN_TEXT_LENGTH)
			abort();
		check_valid(text);
	}
	free(text);
	return 0;
}
