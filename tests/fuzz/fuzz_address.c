/* address_parse: the same addresses as inet_pton, never one where a prefix length or zone is written. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t address[16], expected[16] = { [10] = 0xff, [11] = 0xff };
	char text[64];
	int valid;

	if (size >= sizeof(text) || memchr(data, 0, size) != NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	valid = inet_pton(AF_INET, text, expected + 12) == 1 || inet_pton(AF_INET6, text, expected) == 1;
	if (!valid)
		memset(expected, 0, sizeof(expected));
	if (address_parse((const char *)data, (uint32_t)size, address) != valid ||
	    memcmp(address, expected, sizeof(address)) != 0)
		abort();
	return 0;
}
