/* What a pipeline's worker is started with: what outlives it, and the subscription that it reads from. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "supervisor/child.h"
#include "supervisor/enclosing.h"
#include "supervisor/fleet.h"
#include "supervisor/log_print.h"
#include "supervisor/memory.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription.h"

/* A worker that comes too late loses flows of its own, and counts them; a subscriber that does is cut off by the analyzer, and an
 * analyzer waits for nobody else meanwhile. However many workers there are, they leave it the time that it needs. */
enum { WORKER_NICE = 10 };

/* The names of a folder and of the one that it is in, whoever made them. What may be passed but not read, or is not to
 * be written to, is not where folders were made. */
static int sync_names(int fd, struct err *err)
{
	static const char *const above[] = { "..", "../.." };

	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		int folder = openat(fd, above[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int error = folder >= 0 && fsync(folder) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;

		if (folder >= 0)
			close(folder);
		if (error != 0)
			return err_sys(err, error, "fsync of the folder above the files'");
	}
	return 0;
}

/* Folders that were there when the fleet began may have been made by one that was killed at once: they are synced with the
 * first that it opens, and from then on those that it makes. */
static int sync_made(struct pipeline *pipeline, const char *root, bool made, struct err *err)
{
	struct fleet *fleet = pipeline->fleet;
	int error = made || !fleet->files_synced ? sync_names(pipeline->files_fd, err) : 0;

	if (error == 0) {
		fleet->files_synced = true;
		return 0;
	}
	/* what is there the next time counts as synced */
	close(pipeline->files_fd);
	pipeline->files_fd = -1;
	if (made)
		rmdir(root);
	return error;
}

static int make_root(const char *parent, const char *root, bool *made, struct err *err)
{
	if (mkdir(parent, 0700) != 0 && errno != EEXIST)
		return err_sys(err, errno, "making %s", parent);
	*made = mkdir(root, 0700) == 0;
	return *made || errno == EEXIST ? 0 : err_sys(err, errno, "making %s", root);
}

static int open_files(struct pipeline *pipeline, struct err *err)
{
	const char *parent = pipeline->settings.files_parent;
	char root[PATH_MAX] = ".";
	bool made = false;
	int error = 0;

	if (pipeline->files_fd >= 0)
		return 0;
	if (parent != NULL && snprintf(root, sizeof(root), "%s/%s", parent, pipeline->tenant) >= (int)sizeof(root))
		return err_set(err, ERR_LIMIT, "the path of the files of %s is too long", pipeline->tenant);
	if (parent != NULL)
		error = make_root(parent, root, &made, err);
	if (error != 0)
		return error;
	pipeline->files_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pipeline->files_fd < 0)
		return err_sys(err, errno, "opening %s", root);
	return parent != NULL ? sync_made(pipeline, root, made, err) : 0;
}

/* Once: these outlive its workers. */
static int open_descriptors(struct pipeline *pipeline, struct err *err)
{
	const struct memory *memory = pipeline->fleet->memory;
	int error = 0;

	if (pipeline->spool_fd < 0)
		error = memory->spool(memory->owner, pipeline->id, &pipeline->spool_fd, err);
	if (error == 0 && pipeline->page_fd < 0)
		error = worker_page_create(&pipeline->page_fd, err);
	if (error == 0 && pipeline->page == NULL)
		error = worker_page_open(&pipeline->page, pipeline->page_fd, false, err);
	if (error == 0)
		error = open_files(pipeline, err);
	if (error == 0 && pipeline->state_fd < 0)
		pipeline->state_fd = memfd_create("sluice-state", MFD_CLOEXEC);
	if (error == 0 && pipeline->state_fd < 0)
		error = err_sys(err, errno, "making a pipeline's memory");
	return error;
}

void pipeline_leave_subscription(struct pipeline *pipeline)
{
	struct subscription *subscription = pipeline->subscription;

	if (subscription == NULL)
		return;
	pipeline->subscription = NULL;
	fleet_leave(pipeline->fleet, subscription, pipeline->capture);
	free(pipeline->capture);
	pipeline->capture = NULL;
}

/* What the configuration asks for is joined before what the last worker had is left, or a subscription might end in
 * between that both of them use. */
static int join_subscription(struct pipeline *pipeline, struct err *err)
{
	const struct pipeline_config *config = config_pipeline(pipeline->config);
	struct subscription *joined = NULL;
	char *capture;
	int error;

	/* one that only writes out reads what its predecessor read, also where that has failed */
	if (pipeline->subscription != NULL && pipeline->drain.deadline_ns != 0)
		return 0;
	if (pipeline_stays(pipeline, config) && strcmp(pipeline->capture, config->subscriber.capture_id) == 0)
		return 0;
	capture = strdup(config->subscriber.capture_id);
	error = capture != NULL ? fleet_join(pipeline->fleet, config, &joined, err)
				: err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");
	if (error != 0) {
		free(capture);
		return error;
	}
	pipeline_leave_subscription(pipeline);
	pipeline->subscription = joined;
	pipeline->capture = capture;
	return 0;
}

int pipeline_spawn(struct pipeline *pipeline, struct err *err)
{
	int error = open_descriptors(pipeline, err);

	if (error == 0)
		error = join_subscription(pipeline, err);
	pipeline->told_drained = false;
	if (error == 0)
		error = keeper_start(&pipeline->keeper, err);
	if (error == 0)
		pipeline->started_ms = clock_wall_ms();
	return error;
}

static void worker_line(void *owner, const char *line)
{
	const struct pipeline *pipeline = owner;
	const struct log_origin origin = pipeline_log_origin(pipeline, "worker");
	struct fleet *fleet = pipeline->fleet;

	log_print_child(line, &origin, fleet->log_line);
	if (fleet->pipeline_line != NULL)
		fleet->pipeline_line(fleet, pipeline, line);
}

void pipeline_worker_options(void *owner, struct child_options *options)
{
	const struct pipeline *pipeline = owner;

	options->program = pipeline->fleet->worker_program;
	options->memory_bytes = pipeline->settings.memory_bytes;
	options->nice = WORKER_NICE;
	options->log_line = worker_line;
	options->log_owner = owner;
	/* one that is handed over may have none that can be read, and runs already */
	if (pipeline->config != NULL) {
		options->stdout_is_ours = config_pipeline(pipeline->config)->write.type == WRITE_STDOUT;
		enclosing_worker(&options->sandbox, &pipeline->fleet->options.sandbox, config_pipeline(pipeline->config),
			pipeline->settings.files_parent != NULL, true);
	}
	options->fds[FD_RING] = subscription_ring_fd(pipeline->subscription);
	options->fds[FD_WAKE] = subscription_wake_fd(pipeline->subscription);
	options->fds[FD_PAGE] = pipeline->page_fd;
	options->fds[FD_STATE] = pipeline->state_fd;
	options->fds[FD_SPOOL] = pipeline->spool_fd;
	options->fds[FD_FILES] = pipeline->files_fd;
}
