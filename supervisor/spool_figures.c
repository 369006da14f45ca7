#include "supervisor/spool_figures.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/commit_record.h"
#include "common/directory.h"
#include "common/ends_with.h"

/* The valid slot with the highest number. A worker may be writing: each slot is whole or none. */
static bool read_record(int dirfd, struct commit *found)
{
	int fd = openat(dirfd, COMMIT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char slot[COMMIT_SLOT_SIZE];
	struct commit commit;

	found->number = 0;
	for (unsigned i = 0; fd >= 0 && i < COMMIT_SLOTS; i++) {
		if (pread(fd, slot, sizeof(slot), (off_t)i * COMMIT_SLOT_SIZE) == (ssize_t)sizeof(slot) &&
			commit_decode(&commit, slot, NULL) == 0 && commit.number > found->number)
			*found = commit;
	}
	if (fd >= 0)
		close(fd);
	return found->number > 0;
}

static void count_segments(const struct commit *commit, struct worker_figures *figures)
{
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		for (unsigned i = 0; i < SPOOL_ENTRIES; i++)
			figures->segments += commit->lanes[lane].entries[i].bytes > 0;
	}
}

static void count_file(int dirfd, const char *name, struct worker_figures *figures)
{
	bool object = ends_with(name, ".object");
	struct stat status;
	int64_t changed_ms;

	if ((!object && !ends_with(name, ".segment")) || fstatat(dirfd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	changed_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
	figures->objects += object;
	figures->spool_bytes += (uint64_t)status.st_size;
	if (figures->oldest_ms == 0 || changed_ms < figures->oldest_ms)
		figures->oldest_ms = changed_ms;
}

/* What is sent or sealed is a file; what the record counts of it is in the account. */
static void count_files(int folder, struct worker_figures *figures)
{
	DIR *list = directory_open(folder, ".");
	const struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL)
		count_file(folder, entry->d_name, figures);
	if (list != NULL)
		closedir(list);
}

bool spool_figures_read(int dirfd, struct worker_figures *figures)
{
	struct commit commit;

	memset(figures, 0, sizeof(*figures));
	if (!read_record(dirfd, &commit))
		return false;
	figures->position = commit.position;
	figures->account = commit.account;
	figures->commit_number = commit.number;
	figures->last_flow_ms = commit.batch_ms;
	figures->last_write_ms = commit.write_ms;
	count_segments(&commit, figures);
	count_files(dirfd, figures);
	return true;
}
