/* The file `commit`: four slots, two hot, two cold. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "worker/commit.h"
#include "worker/file_ops.h"
#include "worker/spool_name.h"

int commit_write(const struct file_ops *files, int fd, unsigned index, const struct commit *commit, struct err *err)
{
	unsigned char slot[COMMIT_SLOT_SIZE];

	commit_encode(commit, slot);
	return file_write(files, fd, slot, sizeof(slot), (off_t)index * COMMIT_SLOT_SIZE, SPOOL_COMMIT, err);
}

/* After a failed write-back the kernel may call the page clean although the disk has something else. As long as it
 * looked valid, a successor could take the other cold slot, the only durable one, for the one to overwrite. */
static void commit_invalidate(const struct file_ops *files, int fd, unsigned index)
{
	static const unsigned char zero[COMMIT_SLOT_SIZE];

	file_write(files, fd, zero, sizeof(zero), (off_t)index * COMMIT_SLOT_SIZE, SPOOL_COMMIT, NULL);
}

int commit_write_durable(const struct file_ops *files, int fd, unsigned index, const struct commit *commit,
	struct err *err)
{
	int error = commit_write(files, fd, index, commit, err);

	if (error == 0 && files->fdatasync(files->context, fd) != 0)
		error = err_sys(err, errno, "fdatasync of " SPOOL_COMMIT);
	if (error != 0)
		commit_invalidate(files, fd, index);
	return error;
}

int commit_read(const struct file_ops *files, int fd, struct commit_found *found, struct err *err)
{
	unsigned char slot[COMMIT_SLOT_SIZE];
	struct commit commit;
	uint64_t highest = 0;

	memset(found, 0, sizeof(*found));
	for (unsigned i = 0; i < COMMIT_SLOTS; i++) {
		int error = file_read(files, fd, slot, sizeof(slot), (off_t)i * COMMIT_SLOT_SIZE, SPOOL_COMMIT, err);

		if (error != 0 && error != ERR_CORRUPT)
			return error;
		if (error == 0)
			error = commit_decode(&commit, slot, err);
		if (error == ERR_UNSUPPORTED)
			return error;
		if (error != 0)
			continue;
		found->numbers[i] = commit.number;
		if (commit.number > highest) {
			highest = commit.number;
			found->commit = commit;
			found->index = i;
		}
	}
	return highest > 0 ? 0 : err_set(err, ERR_CORRUPT, SPOOL_COMMIT ": none of its slots holds a valid record");
}

static int fill_and_sync(const struct file_ops *files, int fd, const struct commit *commit, struct err *err)
{
	int error;

	if (files->fallocate(files->context, fd, (off_t)COMMIT_SLOTS * COMMIT_SLOT_SIZE) != 0)
		return err_sys(err, errno, "allocating " SPOOL_COMMIT);
	error = commit_write(files, fd, 0, commit, err);
	if (error == 0 && files->fsync(files->context, fd) != 0)
		error = err_sys(err, errno, "fsync of " SPOOL_COMMIT);
	return error;
}

static int folder_sync(const struct file_ops *files, int dirfd, struct err *err)
{
	int parent;
	int error = 0;

	if (files->fsync(files->context, dirfd) != 0)
		return err_sys(err, errno, "fsync of the spool folder");
	parent = files->openat(files->context, dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	/* whoever made the folder has synced its name, and may have kept the others' from us */
	if (parent < 0 && errno == EACCES)
		return 0;
	if (parent < 0)
		return err_sys(err, errno, "opening the spool folder's parent");
	if (files->fsync(files->context, parent) != 0)
		error = err_sys(err, errno, "fsync of the spool folder's parent");
	files->close(files->context, parent);
	return error;
}

int commit_create(const struct file_ops *files, int dirfd, const struct commit *commit, int *out, struct err *err)
{
	int fd = files->openat(files->context, dirfd, SPOOL_COMMIT_TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error;

	*out = -1;
	if (fd < 0)
		return err_sys(err, errno, "making " SPOOL_COMMIT);
	error = fill_and_sync(files, fd, commit, err);
	if (error == 0 && files->renameat(files->context, dirfd, SPOOL_COMMIT_TEMPORARY, dirfd, SPOOL_COMMIT) != 0)
		error = err_sys(err, errno, "renaming " SPOOL_COMMIT);
	if (error == 0)
		error = folder_sync(files, dirfd, err);
	if (error != 0) {
		files->close(files->context, fd);
		return error;
	}
	*out = fd;
	return 0;
}
