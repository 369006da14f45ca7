#include "supervisor/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STAT_SIZE = 1024 };

/* The name, in parentheses, may hold blanks and parentheses: fields are counted from the last one. */
bool process_parse(const char *line, struct process_figures *figures)
{
	const char *rest = strrchr(line, ')');
	unsigned long long user, system, pages;
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);

	memset(figures, 0, sizeof(*figures));
	/* state, ten that are skipped, utime, stime, eight more, rss */
	if (rest == NULL || sscanf(rest + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %*s %*s %*s %*s %*s %*s %*s "
		"%*s %llu", &user, &system, &pages) != 3)
		return false;
	figures->cpu_us = (user + system) * (UINT64_C(1000000) / (ticks > 0 ? ticks : 100));
	figures->resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

bool process_read(pid_t pid, struct process_figures *figures)
{
	char path[64], line[STAT_SIZE];
	ssize_t length = -1;
	int fd;

	memset(figures, 0, sizeof(*figures));
	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, line, sizeof(line) - 1);
		close(fd);
	}
	if (length <= 0)
		return false;
	line[length] = '\0';
	return process_parse(line, figures);
}

void process_meter_look(struct process_meter *meter, pid_t pid, int64_t now_ns)
{
	const struct process_meter last = *meter;
	struct process_figures figures;

	*meter = (struct process_meter){ .percent = -1 };
	if (!process_read(pid, &figures))
		return;
	meter->pid = pid;
	meter->cpu_us = figures.cpu_us;
	meter->at_ns = now_ns;
	/* less than before: another process that got the number of the last one */
	if (last.pid == pid && figures.cpu_us >= last.cpu_us && now_ns > last.at_ns)
		meter->percent = 100.0 * 1000 * (double)(figures.cpu_us - last.cpu_us) / (double)(now_ns - last.at_ns);
}

bool process_runs(pid_t pid, const char *path)
{
	struct stat running, file;
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	return stat(link, &running) == 0 && stat(path, &file) == 0 && running.st_dev == file.st_dev &&
		running.st_ino == file.st_ino;
}
