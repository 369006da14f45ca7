/* Recovery, step 1: the lock and the commit record. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "common/log.h"
#include "worker/file_ops.h"
#include "worker/recovery.h"

/* Waits for the holder. *ours: what is locked is what stands at the path now. */
static int lock_once(struct spool *spool, bool *ours, struct err *err)
{
	const struct file_ops *files = spool->files;
	struct stat held, named;

	spool->lock_fd = files->openat(files->context, spool->options.dirfd, SPOOL_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (spool->lock_fd < 0)
		return err_sys(err, errno, "opening the spool's lock");
	while (files->flock(files->context, spool->lock_fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			return err_sys(err, errno, "locking the spool");
	}
	if (files->fstat(files->context, spool->lock_fd, &held) != 0)
		return err_sys(err, errno, "looking at the spool's lock");
	if (files->fstatat(files->context, spool->options.dirfd, SPOOL_LOCK, &named) == 0)
		*ours = held.st_ino == named.st_ino && held.st_dev == named.st_dev;
	else if (errno == ENOENT)
		*ours = false;
	else
		return err_sys(err, errno, "looking at the spool's lock");
	return 0;
}

int recovery_lock(struct spool *spool, struct err *err)
{
	bool ours = false;
	int error = 0;

	while (error == 0 && !ours) {
		if (spool->lock_fd >= 0)
			spool->files->close(spool->files->context, spool->lock_fd);
		spool->lock_fd = -1;
		error = lock_once(spool, &ours, err);
	}
	return error;
}

/* A new pipeline's record, or one that begins again after damage. */
static int create(struct spool *spool, struct err *err)
{
	struct commit *record = &spool->committed.record;

	memset(&spool->committed, 0, sizeof(spool->committed));
	record->number = 1;
	memcpy(record->boot_id, spool->boot_id, sizeof(record->boot_id));
	return commit_create(spool->files, spool->options.dirfd, record, &spool->commit_fd, err);
}

static int create_after_damage(struct spool *spool, struct err *err)
{
	unsigned moved = 0;
	int error = recovery_set_aside(spool, &moved, err);

	if (error == 0 && moved > 0)
		spool_event(spool, LOG_ERROR, "spool.set_aside",
			"the spool has no valid commit record: %u files were set aside, a new stream begins", moved);
	return error == 0 ? create(spool, err) : error;
}

/* Before this nothing is deleted, moved or sent: a power loss must not bring back an older record than this one. */
static int make_durable(struct spool *spool, const struct commit_found *found, struct err *err)
{
	unsigned slot = commit_older_cold(found->numbers);
	int error = commit_write_durable(spool->files, spool->commit_fd, slot, &found->commit, err);

	if (error == 0)
		spool->slot_numbers[slot] = found->commit.number;
	return error;
}

int recovery_commit(struct spool *spool, struct err *err)
{
	struct commit_found found = { 0 };
	int error;

	spool->commit_fd = spool->files->openat(spool->files->context, spool->options.dirfd, SPOOL_COMMIT,
		O_RDWR | O_CLOEXEC, 0);
	if (spool->commit_fd < 0 && errno != ENOENT)
		return err_sys(err, errno, "opening the spool's commit record");
	error = spool->commit_fd >= 0 ? commit_read(spool->files, spool->commit_fd, &found, err) : ERR_CORRUPT;
	if (error == 0) {
		spool->committed.record = found.commit;
		memcpy(spool->slot_numbers, found.numbers, sizeof(spool->slot_numbers));
		error = make_durable(spool, &found, err);
	} else if (error == ERR_CORRUPT) {
		if (spool->commit_fd >= 0)
			spool->files->close(spool->files->context, spool->commit_fd);
		spool->commit_fd = -1;
		error = create_after_damage(spool, err);
		spool->slot_numbers[0] = 1;
	}
	spool->durable_number = spool->committed.record.number;
	return error;
}
