/* 128-bit keys of texts, for tables in the stages' memory. Part of what a snapshot holds: a change here makes
 * STATE_VERSION grow. */
#include <string.h>

#include "worker/slot_chain.h"

void slot_key(const char *text, size_t length, uint64_t key[2])
{
	const uint64_t odd[4] = { 0xa0761d6478bd642full, 0xe7037ed1a0b428dbull, 0x8ebc6af09c88c6e3ull, 0x589965cc75374cc3ull };
	uint64_t a = odd[0] ^ length, b = odd[1], words[2];

	for (size_t at = 0; at < length || at == 0; at += sizeof(words)) {
		size_t part = length - at < sizeof(words) ? length - at : sizeof(words);
		uint64_t next_a;

		words[0] = words[1] = 0;
		if (part > 0)
			memcpy(words, text + at, part);
		next_a = slot_fold(a ^ words[0] ^ odd[2], b ^ words[1]) ^ words[1];
		b = slot_fold(b ^ words[0], a ^ words[1] ^ odd[3]) ^ words[0];
		a = next_a;
	}
	key[0] = slot_fold(a ^ odd[1], b ^ odd[2]) ^ a;
	key[1] = slot_fold(b ^ odd[3], a ^ odd[0]) ^ b;
	if ((key[0] | key[1]) == 0)
		key[1] = 1;
}
