/* Children that nobody waits for: one that was killed and does not end, as a disk that does not answer holds it; one that an
 * image of this process before this one had. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "supervisor/child.h"

struct remains {
	struct loop *loop;
	pid_t pid;
	struct loop_source end;
};

static void remains_ended(struct loop_source *source, uint32_t events)
{
	struct remains *remains = source->owner;

	(void)events;
	if (waitpid(remains->pid, NULL, WNOHANG) == 0)
		return;
	loop_remove(remains->loop, source);
	close(source->fd);
	free(remains);
}

bool child_take_later(struct loop *loop, pid_t pid, int fd)
{
	struct remains *remains = calloc(1, sizeof(*remains));

	if (remains == NULL)
		return false;
	*remains = (struct remains){ .loop = loop, .pid = pid, .end = { .fd = fd, .ready = remains_ended, .owner = remains } };
	if (loop_add(loop, &remains->end, EPOLLIN, NULL) == 0)
		return true;
	free(remains);
	return false;
}

void children_take_later(struct loop *loop, bool (*known)(void *owner, pid_t pid), void *owner)
{
	char path[64];
	FILE *list;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &pid) == 1) {
		int fd = known(owner, pid) ? -1 : pidfd_open(pid, 0);

		if (fd >= 0)
			log_warn("process %d is of before, and nobody's: it ends by itself", pid);
		if (fd >= 0 && !child_take_later(loop, pid, fd))
			close(fd);
	}
	if (list != NULL)
		fclose(list);
}
