/* Random numbers from the kernel. */
#ifndef SLUICE_COMMON_RANDOM_H
#define SLUICE_COMMON_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills with random bytes; never fails (waits for the kernel's pool once after boot). */
void random_bytes(void *bytes, size_t length);
/* Never 0. */
uint64_t random_u64(void);
/* base ± share percent, for delays: nobody reconnects in step. */
int64_t random_jitter(int64_t base, unsigned percent);

#endif
