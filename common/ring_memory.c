/* The ring's memory: made by the supervisor, mapped by everybody. */
#include "common/ring_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/random.h"

static int header_write(int fd, size_t size, uint64_t epoch, struct err *err)
{
	const struct ring_header header = {
		.magic = RING_MAGIC, .format = RING_FORMAT, .size = size, .epoch = epoch,
	};
	ssize_t written = pwrite(fd, &header, sizeof(header), 0);

	if (written == (ssize_t)sizeof(header))
		return 0;
	return err_sys(err, written < 0 ? errno : ENOSPC, "write the ring's header");
}

int ring_create(size_t size, int *fd, uint64_t *epoch, struct err *err)
{
	int made, result;

	if (size < RING_SIZE_MIN || size > RING_SIZE_MAX || (size & (size - 1)) != 0)
		return err_set(err, ERR_INVALID, "ring size %zu is not a power of two from 64 KiB to 4 GiB", size);
	made = memfd_create("sluice-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (made < 0)
		return err_sys(err, errno, "make the ring's memory");
	*epoch = random_u64();
	result = ftruncate(made, (off_t)(RING_DATA + size)) == 0 ? header_write(made, size, *epoch, err)
		: err_sys(err, errno, "size the ring's memory to %zu bytes", size);
	/* F_SEAL_FUTURE_WRITE would keep a restarted subscriber out too; mode 0400 keeps a reader from reopening it
	 * read-write, while a descriptor that is open maps on. */
	if (result == 0 && fcntl(made, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		result = err_sys(err, errno, "seal the ring's memory");
	if (result == 0 && fchmod(made, 0400) != 0)
		result = err_sys(err, errno, "protect the ring's memory");
	if (result != 0) {
		close(made);
		return result;
	}
	*fd = made;
	return 0;
}

int ring_reopen_read(int fd, int *read_fd, struct err *err)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*read_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *read_fd >= 0 ? 0 : err_sys(err, errno, "open the ring for reading (%s)", path);
}

/* Sealed against shrinking, or a reader could be made to die of SIGBUS. */
static int map_size(int fd, size_t *size, struct err *err)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || fstat(fd, &status) != 0)
		return err_sys(err, errno, "look at the ring's memory");
	if ((seals & F_SEAL_SHRINK) == 0)
		return err_set(err, ERR_CORRUPT, "the ring's memory is not sealed");
	if (status.st_size < (off_t)(RING_DATA + RING_SIZE_MIN) || status.st_size > (off_t)(RING_DATA + RING_SIZE_MAX))
		return err_set(err, ERR_CORRUPT, "the ring's memory has %lld bytes", (long long)status.st_size);
	*size = (size_t)status.st_size;
	return 0;
}

static int header_check(const struct ring_header *header, size_t size, struct err *err)
{
	if (header->magic != RING_MAGIC || header->format != RING_FORMAT)
		return err_set(err, ERR_CORRUPT, "not a flow ring of this version");
	if (header->size != size || (size & (size - 1)) != 0)
		return err_set(err, ERR_CORRUPT, "the ring's header tells another size than its memory has");
	return 0;
}

int ring_map_open(struct ring_map *map, int fd, int protection, struct err *err)
{
	size_t length = 0;
	int result = map_size(fd, &length, err);

	if (result != 0)
		return result;
	map->header = mmap(NULL, length, protection, MAP_SHARED, fd, 0);
	if (map->header == MAP_FAILED) {
		map->header = NULL;
		return err_sys(err, errno, "map the ring");
	}
	map->size = length - RING_DATA;
	map->mask = map->size - 1;
	map->words = (ring_word *)((char *)map->header + RING_DATA);
	result = header_check(map->header, map->size, err);
	if (result != 0)
		ring_map_close(map);
	return result;
}

void ring_map_close(struct ring_map *map)
{
	if (map->header != NULL)
		munmap(map->header, RING_DATA + map->size);
	map->header = NULL;
}
