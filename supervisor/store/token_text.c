#include "supervisor/store/token_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/hex.h"
#include "common/random.h"

#define PREFIX "slc_"
enum { PREFIX_LENGTH = 4, SECRET_BYTES = 32, BODY_LENGTH = PREFIX_LENGTH + 2 * SECRET_BYTES, CHECK_LENGTH = 8 };

static void checksum(const char *text, char check[CHECK_LENGTH + 1])
{
	snprintf(check, CHECK_LENGTH + 1, "%08x", (unsigned)crc32c(0, text, BODY_LENGTH));
}

void token_text_make(char text[TOKEN_TEXT_SIZE])
{
	unsigned char secret[SECRET_BYTES];

	random_bytes(secret, sizeof(secret));
	memcpy(text, PREFIX, PREFIX_LENGTH);
	hex_text(secret, sizeof(secret), text + PREFIX_LENGTH);
	checksum(text, text + BODY_LENGTH);
	explicit_bzero(secret, sizeof(secret));
}

bool token_text_valid(const char *text, size_t length)
{
	char check[CHECK_LENGTH + 1];

	if (length != TOKEN_TEXT_LENGTH || memcmp(text, PREFIX, PREFIX_LENGTH) != 0)
		return false;
	for (size_t i = PREFIX_LENGTH; i < TOKEN_TEXT_LENGTH; i++) {
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	checksum(text, check);
	return memcmp(check, text + BODY_LENGTH, CHECK_LENGTH) == 0;
}
