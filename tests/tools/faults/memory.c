/* memory-shim: an allocation that fails. MEMORY_COUNTER is a file as FAULTS_COUNTER is (README.md): calls over the process's
 * lives, and when the ordered one came; MEMORY_AT: which call fails, from 1 (0: only counted). */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* glibc's own, under the names that it keeps for those who stand before it. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

struct shared {
	_Atomic uint64_t count;
	_Atomic int64_t fired_ms;
};

static struct shared *shared;         /* NULL: there are no orders */
static uint64_t at;

__attribute__((constructor)) static void read_orders(void)
{
	const char *path = getenv("MEMORY_COUNTER"), *number = getenv("MEMORY_AT");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *memory = fd >= 0 ? mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (fd >= 0)
		close(fd);
	at = number != NULL ? strtoull(number, NULL, 10) : 0;
	if (memory != MAP_FAILED)
		shared = memory;
}

static bool fails(void)
{
	struct timespec now;

	if (shared == NULL || atomic_fetch_add(&shared->count, 1) + 1 != at)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	atomic_store(&shared->fired_ms, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *found = fails() ? NULL : __libc_memalign(alignment, size);

	if (found == NULL)
		return ENOMEM;
	*memory = found;
	return 0;
}
