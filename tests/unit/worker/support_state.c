#include "support_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t support_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1dull >> 16;
}

static void must(int result)
{
	if (result < 0)
		abort();
}

int support_memory(void)
{
	int fd = memfd_create("stages", MFD_CLOEXEC);

	must(fd);
	return fd;
}

int support_folder(char *path)
{
	int dirfd;

	snprintf(path, SUPPORT_PATH_SIZE, "/tmp/sluice-state.XXXXXX");
	if (mkdtemp(path) == NULL)
		abort();
	dirfd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	must(dirfd);
	return dirfd;
}

void support_folder_remove(int dirfd, const char *path)
{
	DIR *folder = fdopendir(dirfd);
	struct dirent *file;

	while ((file = readdir(folder)) != NULL)
		unlinkat(dirfd, file->d_name, 0);
	closedir(folder);
	must(rmdir(path));
}

void support_kill_run(unsigned kills, void (*worker)(void *context), void (*check)(void *context), void *context)
{
	uint64_t seed = 42;

	for (unsigned i = 0; i < kills; i++) {
		const struct timespec life = { .tv_nsec = (long)(support_random(&seed) % 6000000) };
		int status;
		pid_t child = fork();

		must(child);
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			worker(context);
			_exit(1);
		}
		nanosleep(&life, NULL);
		must(kill(child, SIGKILL));
		if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
			abort();        /* the worker failed by itself and has said why */
		if (i % 3 == 2)
			check(context);
	}
	check(context);
}
