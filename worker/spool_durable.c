/* Durable commits, and the files that go after them. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "worker/file_ops.h"
#include "worker/spool_internal.h"

struct durable_job {
	const struct file_ops *files;
	int dirfd, commit_fd;
	bool sync;                    /* false: only files of commits that need not be durable wait */
	unsigned slot;
	struct commit commit;
	struct doomed_list doomed;    /* go once the record is durable */
	unsigned left;                /* result: files that could not be removed */
	int left_errno;
};

struct durable_job *spool_durable_next(struct spool *spool)
{
	bool sync = spool->committed.durable_wanted > spool->durable_number;
	struct durable_job *job;

	assert(!spool->active);
	if (spool->durable_out || spool->broken || (!sync && spool->doomed.count == 0))
		return NULL;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return NULL;          /* asked again with the next commit */
	job->files = spool->files;
	job->dirfd = spool->options.dirfd;
	job->commit_fd = spool->commit_fd;
	job->sync = sync;
	job->slot = commit_older_cold(spool->slot_numbers);
	job->commit = spool->committed.record;
	job->doomed = spool->doomed;
	memset(&spool->doomed, 0, sizeof(spool->doomed));
	spool->doomed_committed = 0;
	spool->durable_out = true;
	return job;
}

static int set_aside(const struct durable_job *job, const char *name)
{
	const struct file_ops *files = job->files;
	int folder;
	int result;

	if (files->mkdirat(files->context, job->dirfd, SPOOL_SET_ASIDE, 0700) != 0 && errno != EEXIST)
		return -1;
	folder = files->openat(files->context, job->dirfd, SPOOL_SET_ASIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (folder < 0)
		return -1;
	result = files->renameat(files->context, job->dirfd, name, folder, name);
	files->close(files->context, folder);
	return result;
}

/* A file that stays behind is named by no record: the next start deletes it. */
static void remove_file(struct durable_job *job, const struct doomed *doomed)
{
	char name[SPOOL_NAME_SIZE];
	int result;

	if (doomed->doom == DOOM_UNLINK_SEGMENT)
		spool_name_segment(name, doomed->lane, doomed->number);
	else
		spool_name_object(name, doomed->lane, doomed->number, doomed->records, doomed->flows);
	if (doomed->doom == DOOM_SET_ASIDE)
		result = set_aside(job, name);
	else
		result = job->files->unlinkat(job->files->context, job->dirfd, name);
	if (result != 0 && errno != ENOENT) {
		job->left++;
		job->left_errno = errno;
	}
}

int durable_run(struct durable_job *job, struct err *err)
{
	int error = 0;

	if (job->sync)
		error = commit_write_durable(job->files, job->commit_fd, job->slot, &job->commit, err);
	for (size_t i = 0; i < job->doomed.count && error == 0; i++)
		remove_file(job, &job->doomed.items[i]);
	return error;
}

/* What waited for the job that failed waits for the next one. */
static void take_back(struct spool *spool, struct durable_job *job)
{
	struct doomed_list *list = &job->doomed;
	size_t count = list->count + spool->doomed.count;
	struct doomed *items;

	if (spool->doomed.count > 0) {
		items = realloc(list->items, count * sizeof(*items));
		if (items == NULL) {
			/* the files stay until the next start, which deletes what the record does not name */
			spool_event(spool, LOG_WARN, "spool.files_left", "no memory to delete %zu files now", list->count);
			return;
		}
		memcpy(items + list->count, spool->doomed.items, spool->doomed.count * sizeof(*items));
		list->items = items;
		list->size = count;
	}
	spool->doomed_committed += list->count;
	list->count = count;
	free(spool->doomed.items);
	spool->doomed = *list;
	memset(list, 0, sizeof(*list));
}

void spool_durable_done(struct spool *spool, struct durable_job **out, int result)
{
	struct durable_job *job = *out;

	if (job == NULL)
		return;
	*out = NULL;
	spool->durable_out = false;
	if (result == 0 && job->sync) {
		spool->durable_number = job->commit.number;
		spool->slot_numbers[job->slot] = job->commit.number;
	}
	if (result != 0) {
		spool->slot_numbers[job->slot] = 0;
		take_back(spool, job);
	}
	if (job->left > 0)
		spool_event(spool, LOG_WARN, "spool.files_left", "%u files could not be removed: %s", job->left,
			strerror(job->left_errno));
	free(job->doomed.items);
	free(job);
}
