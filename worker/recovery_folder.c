/* Recovery, steps 1 and 2: what is in the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "worker/file_ops.h"
#include "worker/recovery.h"

/* ---- a spool without a valid record ---- */

struct mover {
	struct spool *spool;
	int folder;
	char name[SPOOL_NAME_SIZE];
	unsigned moved;
	struct err *err;
};

static int mover_open(struct mover *mover)
{
	const struct file_ops *files = mover->spool->files;
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(clock_wall_ms(), stamp);
	snprintf(mover->name, sizeof(mover->name), SPOOL_SET_ASIDE ".%s.%08x", stamp, (unsigned)random_u64());
	if (files->mkdirat(files->context, mover->spool->options.dirfd, mover->name, 0700) != 0)
		return err_sys(mover->err, errno, "making %s in the spool", mover->name);
	mover->folder = files->openat(files->context, mover->spool->options.dirfd, mover->name,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	return mover->folder >= 0 ? 0 : err_sys(mover->err, errno, "opening %s in the spool", mover->name);
}

static int move_one(void *owner, const char *name)
{
	struct mover *mover = owner;
	const struct file_ops *files = mover->spool->files;
	int error = 0;

	if (strcmp(name, SPOOL_LOCK) == 0 || strncmp(name, SPOOL_SET_ASIDE, strlen(SPOOL_SET_ASIDE)) == 0)
		return 0;
	/* left by a start that was killed before there was any record: no loss */
	if (strcmp(name, SPOOL_COMMIT_TEMPORARY) == 0)
		return 0;
	if (mover->folder < 0)
		error = mover_open(mover);
	if (error != 0)
		return error;
	if (files->renameat(files->context, mover->spool->options.dirfd, name, mover->folder, name) != 0)
		return err_sys(mover->err, errno, "setting %s of the spool aside", name);
	mover->moved++;
	return 0;
}

int recovery_set_aside(struct spool *spool, unsigned *moved, struct err *err)
{
	const struct file_ops *files = spool->files;
	struct mover mover = { .spool = spool, .folder = -1, .err = err };
	int error = files->list(files->context, spool->options.dirfd, move_one, &mover);

	if (error == -1 && mover.err->code == 0)
		error = err_sys(err, errno, "listing the spool");
	if (error == 0 && mover.folder >= 0 && files->fsync(files->context, mover.folder) != 0)
		error = err_sys(err, errno, "fsync of %s in the spool", mover.name);
	if (mover.folder >= 0)
		files->close(files->context, mover.folder);
	*moved = mover.moved;
	return error;
}

/* ---- what the record does not name ---- */

static int64_t stat_ms(const struct stat *stat)
{
	return (int64_t)stat->st_mtim.tv_sec * 1000 + stat->st_mtim.tv_nsec / NS_PER_MS;
}

static bool segment_named(const struct recovery *recovery, const struct spool_name *name)
{
	struct commit_lane *lane = &recovery->spool->next.record.lanes[name->lane];

	return name->number >= lane->sealed && name->number <= lane->open && commit_entry(lane, name->number)->bytes > 0;
}

/* Whether the file stays; a negative error code when that cannot be told. */
static int stays(struct recovery *recovery, const char *text, const struct spool_name *name)
{
	const struct file_ops *files = recovery->spool->files;
	struct stat stat;

	if (name->kind == NAME_OTHER)
		return true;
	if (name->kind == NAME_TEMPORARY)
		return false;
	if (name->kind == NAME_SEGMENT)
		return segment_named(recovery, name);
	if (files->fstatat(files->context, recovery->spool->options.dirfd, text, &stat) != 0)
		return err_sys(recovery->err, errno, "looking at %s", text);
	return recovery_object_named(recovery, name, stat.st_size, stat_ms(&stat));
}

static int list_one(void *owner, const char *text)
{
	struct recovery *recovery = owner;
	const struct file_ops *files = recovery->spool->files;
	struct spool_name name;
	int kept;

	spool_name_parse(text, &name);
	kept = stays(recovery, text, &name);
	if (kept < 0)
		return kept;
	if (!kept && files->unlinkat(files->context, recovery->spool->options.dirfd, text) != 0 && errno != ENOENT)
		return err_sys(recovery->err, errno, "deleting %s", text);
	recovery->objects_deleted = recovery->objects_deleted || (!kept && name.kind == NAME_OBJECT);
	return 0;
}

int recovery_list(struct recovery *recovery)
{
	const struct file_ops *files = recovery->spool->files;
	struct err *err = recovery->err;
	int error;

	err->code = 0;
	error = files->list(files->context, recovery->spool->options.dirfd, list_one, recovery);
	if (error != 0 && err->code == 0)
		error = err_sys(err, errno, "listing the spool");
	if (error != 0 || !recovery->objects_deleted)
		return error;
	/* Should its segment be lost, `sealed` steps over its number, and a power loss that brought the object back would make
	 * it one that the next record names: stored, and counted lost. So it goes for good before there is such a record. */
	return seal_sync(recovery->spool->options.dirfd, files, err);
}
