/* The memory that a worker shares, and what it is woken by. A subscriber may write to its ring: there these are refused for want of a worker's descriptors. */
#include "tests/tools/hostile/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ipc.h"

static bool maps_for_writing(int fd)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED;
}

static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR | O_CLOEXEC);
}

static bool ring_mapped(const struct targets *targets) { return targets->worker && maps_for_writing(FD_RING); }
static bool ring_written(const struct targets *targets) { return targets->worker && pwrite(FD_RING, "x", 1, 0) == 1; }
static bool ring_opened_again(const struct targets *targets) { return targets->worker && maps_for_writing(open_again(FD_RING)); }
static bool ring_cut(const struct targets *targets) { return (void)targets, ftruncate(FD_RING, 0) == 0; }
static bool page_cut(const struct targets *targets) { return (void)targets, ftruncate(FD_PAGE, 0) == 0; }
static bool ring_mode(const struct targets *targets) { return (void)targets, fchmod(FD_RING, 0600) == 0; }

static bool ring_mode_by_proc(const struct targets *targets)
{
	char path[64];

	(void)targets;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", FD_RING);
	return chmod(path, 0600) == 0;
}

/* Whoever else has it would then wait where it is full: the supervisor, too. */
static bool wake_blocks(const struct targets *targets)
{
	(void)targets;
	return fcntl(FD_WAKE, F_SETFL, 0) == 0 && fcntl(FD_WAKE, F_SETFL, O_NONBLOCK) == 0;
}

static bool wake_blocks_by_ioctl(const struct targets *targets)
{
	int off = 0, on = 1;

	(void)targets;
	return ioctl(FD_WAKE, FIONBIO, &off) == 0 && ioctl(FD_WAKE, FIONBIO, &on) == 0;
}

static bool new_memory(const struct targets *targets) { return (void)targets, memfd_create("x", 0) >= 0; }

#define ROW(name) { #name, name, false }
#define ALSO_REFUSED(name) { #name, name, true }

const struct probe memory_probes[] = {
	ALSO_REFUSED(ring_mapped), ALSO_REFUSED(ring_written), ALSO_REFUSED(ring_opened_again), ALSO_REFUSED(ring_cut), ALSO_REFUSED(page_cut),
	ROW(ring_mode), ROW(ring_mode_by_proc), ROW(wake_blocks), ROW(wake_blocks_by_ioctl), ROW(new_memory), { 0 },
};
