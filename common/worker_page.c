#include "common/worker_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FIGURE_WORDS = sizeof(struct worker_figures) / sizeof(uint64_t), READ_TRIES = 1000 };

_Static_assert(sizeof(struct worker_figures) % sizeof(uint64_t) == 0, "figures are copied word by word");

/* What is in the memory: the sequence lock, then the figures as relaxed words. */
struct page_memory {
	_Atomic uint64_t version;             /* odd while the words change */
	_Atomic uint64_t words[FIGURE_WORDS];
};

_Static_assert(sizeof(struct page_memory) <= WORKER_PAGE_SIZE, "the figures must fit one page");

struct worker_page {
	struct page_memory *memory;
};

int worker_page_create(int *fd, struct err *err)
{
	*fd = memfd_create("sluice-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return err_sys(err, errno, "memfd_create");
	/* who reads it must not be killed for a worker that makes it smaller */
	if (ftruncate(*fd, WORKER_PAGE_SIZE) != 0 || fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		int error = err_sys(err, errno, "sizing a worker's page");

		close(*fd);
		*fd = -1;
		return error;
	}
	return 0;
}

int worker_page_open(struct worker_page **out, int fd, bool writable, struct err *err)
{
	struct worker_page *page = malloc(sizeof(*page));

	*out = NULL;
	if (page == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a worker's page");
	page->memory = mmap(NULL, WORKER_PAGE_SIZE, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	if (page->memory == MAP_FAILED) {
		int error = err_sys(err, errno, "mapping a worker's page");

		free(page);
		return error;
	}
	*out = page;
	return 0;
}

void worker_page_close(struct worker_page **page)
{
	if (*page == NULL)
		return;
	munmap((*page)->memory, WORKER_PAGE_SIZE);
	free(*page);
	*page = NULL;
}

void worker_page_write(struct worker_page *page, const struct worker_figures *figures)
{
	struct page_memory *memory = page->memory;
	uint64_t version = atomic_load_explicit(&memory->version, memory_order_relaxed) | 1;
	uint64_t words[FIGURE_WORDS];

	memcpy(words, figures, sizeof(words));
	atomic_store_explicit(&memory->version, version, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (unsigned i = 0; i < FIGURE_WORDS; i++)
		atomic_store_explicit(&memory->words[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&memory->version, version + 1, memory_order_release);
}

bool worker_page_read(const struct worker_page *page, struct worker_figures *figures)
{
	struct page_memory *memory = page->memory;
	uint64_t words[FIGURE_WORDS];
	bool consistent = false;

	/* bounded: a worker that was killed half-way leaves the version odd for ever */
	for (unsigned try = 0; try < READ_TRIES && !consistent; try++) {
		uint64_t before = atomic_load_explicit(&memory->version, memory_order_acquire);

		for (unsigned i = 0; i < FIGURE_WORDS; i++)
			words[i] = atomic_load_explicit(&memory->words[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		consistent = (before & 1) == 0 &&
			before == atomic_load_explicit(&memory->version, memory_order_relaxed);
	}
	memcpy(figures, words, sizeof(words));
	return consistent;
}
