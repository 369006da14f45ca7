/* The stages' memory as a file, for the time in which no memory holds it: over a reboot, or a run's end. */
#include "worker/state_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "worker/file_ops.h"

#define SNAPSHOT_NAME "state"
#define SNAPSHOT_TEMPORARY "state.tmp"

struct snapshot {
	int fd;
	off_t offset;                 /* written or read so far */
	uint32_t crc;                 /* of all that was read or written */
};

/* ---- saving ---- */

static int write_on(struct snapshot *snapshot, const void *bytes, size_t length, struct err *err)
{
	int error = file_write(&file_ops_system, snapshot->fd, bytes, length, snapshot->offset, SNAPSHOT_TEMPORARY, err);

	snapshot->offset += (off_t)length;
	return error;
}

static int put(struct snapshot *snapshot, const void *bytes, size_t length, struct err *err)
{
	snapshot->crc = crc32c(snapshot->crc, bytes, length);
	return write_on(snapshot, bytes, length, err);
}

static int put_extent(struct snapshot *snapshot, const struct state *state, uint64_t from, uint64_t to, struct err *err)
{
	const struct snapshot_extent extent = { .offset = from, .length = to - from };
	int result = put(snapshot, &extent, sizeof(extent), err);

	return result != 0 ? result : put(snapshot, state->map + from, to - from, err);
}

/* The next stretch of the memory that was ever touched, from `from` on. False: there is none. */
static bool next_data(const struct state *state, uint64_t from, uint64_t *begin, uint64_t *end)
{
	off_t data = lseek(state->fd, (off_t)from, SEEK_DATA);
	off_t hole = data < 0 ? -1 : lseek(state->fd, data, SEEK_HOLE);

	if (hole < 0 || (uint64_t)data >= state->total)
		return false;
	*begin = (uint64_t)data;
	*end = (uint64_t)hole < state->total ? (uint64_t)hole : state->total;
	return *begin < *end;
}

static int put_memory(struct snapshot *snapshot, const struct state *state, uint64_t commit_number, struct err *err)
{
	const struct snapshot_header header = {
		.magic = SNAPSHOT_MAGIC, .version = STATE_VERSION, .layout = state_layout(state),
		.generation = state_generation(state), .commit_number = commit_number,
	};
	const struct snapshot_extent last = { 0 };
	uint64_t begin, end = state->regions_offset;
	int result = put(snapshot, &header, sizeof(header), err);

	while (result == 0 && next_data(state, end, &begin, &end))
		result = put_extent(snapshot, state, begin, end, err);
	if (result == 0)
		result = put(snapshot, &last, sizeof(last), err);
	return result != 0 ? result : write_on(snapshot, &snapshot->crc, sizeof(snapshot->crc), err);
}

int state_save(const struct state *state, uint64_t commit_number, int dirfd, struct err *err)
{
	const struct state_header *header = state_header(state);
	struct snapshot snapshot = { 0 };
	int result;

	if (header->mark == commit_number ? header->undo_bytes != 0 : header->mark + 1 != commit_number)
		return err_set(err, ERR_INVALID, "the stages' memory is not that of commit %" PRIu64, commit_number);
	snapshot.fd = openat(dirfd, SNAPSHOT_TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (snapshot.fd < 0)
		return err_sys(err, errno, "make " SNAPSHOT_TEMPORARY);
	result = put_memory(&snapshot, state, commit_number, err);
	if (result == 0 && fsync(snapshot.fd) != 0)
		result = err_sys(err, errno, "fsync " SNAPSHOT_TEMPORARY);
	close(snapshot.fd);
	if (result == 0 && renameat(dirfd, SNAPSHOT_TEMPORARY, dirfd, SNAPSHOT_NAME) != 0)
		result = err_sys(err, errno, "rename " SNAPSHOT_TEMPORARY " to " SNAPSHOT_NAME);
	if (result != 0)
		unlinkat(dirfd, SNAPSHOT_TEMPORARY, 0);
	else if (fsync(dirfd) != 0)
		result = err_sys(err, errno, "fsync the spool folder");
	return result;
}

/* ---- loading ---- */

static int read_on(struct snapshot *snapshot, void *bytes, size_t length, struct err *err)
{
	int error = file_read(&file_ops_system, snapshot->fd, bytes, length, snapshot->offset, SNAPSHOT_NAME, err);

	snapshot->offset += (off_t)length;
	return error;
}

static int get(struct snapshot *snapshot, void *bytes, size_t length, struct err *err)
{
	int result = read_on(snapshot, bytes, length, err);

	if (result == 0)
		snapshot->crc = crc32c(snapshot->crc, bytes, length);
	return result;
}

static int get_header(struct snapshot *snapshot, const struct state *state, uint64_t commit_number,
	uint64_t generation, struct err *err)
{
	struct snapshot_header header;
	int result = get(snapshot, &header, sizeof(header), err);

	if (result != 0)
		return result;
	if (header.magic != SNAPSHOT_MAGIC || header.version != STATE_VERSION)
		return err_set(err, ERR_CORRUPT, SNAPSHOT_NAME " is no snapshot of this version");
	if (header.layout != state_layout(state) || header.generation != generation ||
		header.commit_number != commit_number)
		return err_set(err, ERR_NOT_FOUND, SNAPSHOT_NAME " is not that of commit %" PRIu64, commit_number);
	return 0;
}

static int get_extents(struct snapshot *snapshot, struct state *state, struct err *err)
{
	struct snapshot_extent extent;
	int result = get(snapshot, &extent, sizeof(extent), err);

	while (result == 0 && extent.length != 0) {
		if (extent.offset < state->regions_offset || extent.offset > state->total ||
			extent.length > state->total - extent.offset)
			return err_set(err, ERR_CORRUPT, SNAPSHOT_NAME " has bytes for no region");
		result = get(snapshot, state->map + extent.offset, extent.length, err);
		if (result == 0)
			result = get(snapshot, &extent, sizeof(extent), err);
	}
	return result;
}

static int get_memory(struct snapshot *snapshot, struct state *state, uint64_t commit_number, uint64_t generation,
	struct err *err)
{
	uint32_t crc;
	int result = get_header(snapshot, state, commit_number, generation, err);

	if (result == 0)
		result = get_extents(snapshot, state, err);
	if (result == 0)
		result = read_on(snapshot, &crc, sizeof(crc), err);
	if (result == 0 && crc != snapshot->crc)
		result = err_set(err, ERR_CORRUPT, SNAPSHOT_NAME " has another CRC than it says");
	return result;
}

int state_snapshot_load(struct state *state, uint64_t commit_number, uint64_t generation, int dirfd, struct err *err)
{
	struct snapshot snapshot = { .fd = openat(dirfd, SNAPSHOT_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
	int result;

	if (snapshot.fd < 0)
		return err_sys(err, errno, "open " SNAPSHOT_NAME);
	result = get_memory(&snapshot, state, commit_number, generation, err);
	close(snapshot.fd);
	return result;
}
