/* How a token looks: "slc_", 256 random bits as 64 lower-case hex digits, CRC-32C of all that as 8. */
#ifndef SLUICE_SUPERVISOR_STORE_TOKEN_TEXT_H
#define SLUICE_SUPERVISOR_STORE_TOKEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_TEXT_LENGTH = 4 + 64 + 8, TOKEN_TEXT_SIZE = TOKEN_TEXT_LENGTH + 1 };

void token_text_make(char text[TOKEN_TEXT_SIZE]);
/* Form and checksum; what a typing mistake or a truncated copy breaks. */
bool token_text_valid(const char *text, size_t length);

#endif
