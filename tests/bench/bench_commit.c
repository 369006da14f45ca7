/* What a transaction's commit costs: 100 records of 700 bytes into one lane, then the record, on a real folder. Beside
 * it, in the same run, bare pwrites of the same bytes and of a 4 KiB slot: what the page cache asks for in any case. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/file_ops.h"
#include "worker/spool.h"
#include "worker/state.h"

enum { RECORDS = 100, RECORD_BYTES = 700, TRANSACTIONS = 2000, SLOT = 4096 };

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_commit: %s: %s\n", what, err->message);
	exit(1);
}

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void ignore_event(void *owner, int severity, const char *code, const char *message)
{
	(void)owner;
	(void)severity;
	(void)code;
	(void)message;
}

static struct spool *open_spool(int dirfd, struct state **state)
{
	struct spool_options options = { .dirfd = dirfd, .files = &file_ops_system, .event = ignore_event,
		.format = { .open = "[", .separator = ",", .close = "]\n", .compress_type = COMPRESS_NONE, .prefix = "logs",
			.bucket = "bucket", .ending = ".json", .content_type = "application/json", .content_encoding = "",
			.host_id = "bench" } };
	struct spool *spool;
	struct err err;
	bool fresh;

	if (state_new(state, memfd_create("state", MFD_CLOEXEC), &err) != 0)
		die("state", &err);
	options.state = *state;
	if (spool_open(&spool, &options, &fresh, &err) != 0 || spool_commit(spool, &err) != 0)
		die("open", &err);
	return spool;
}

/* CPU µs of the commits alone; *append_us: of the appends before them. */
static double time_commits(struct spool *spool, const char *record, int records, double *append_us)
{
	double commits = 0, appends = 0;
	struct err err;

	for (int i = 0; i < TRANSACTIONS; i++) {
		double before = cpu_us(), between;

		spool_begin(spool);
		for (int k = 0; k < records; k++) {
			spool_account(spool)->passed++;
			if (spool_append(spool, TAG_OTHER, record, RECORD_BYTES, 1, 1000, 1000, &err) != 0)
				die("append", &err);
		}
		between = cpu_us();
		if (spool_commit(spool, &err) != 0)
			die("commit", &err);
		appends += between - before;
		commits += cpu_us() - between;
	}
	*append_us = appends / TRANSACTIONS;
	return commits / TRANSACTIONS;
}

/* CPU us of writing the same bytes behind each other into a new file, as a segment grows, and a slot into another. */
static double time_bare_writes(int dirfd, int records)
{
	static char bytes[RECORDS * RECORD_BYTES], slot[SLOT];
	const size_t length = (size_t)records * RECORD_BYTES;
	int file = openat(dirfd, "bare", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int slots = openat(dirfd, "slots", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	double before, spent;

	/* pages of their own: what was never written would all be read from the kernel's one page of zeros */
	memset(bytes, 'x', sizeof(bytes));
	memset(slot, 'x', sizeof(slot));
	before = cpu_us();
	for (int i = 0; i < TRANSACTIONS; i++) {
		if (pwrite(file, bytes, length, (off_t)((size_t)i * length)) < 0 || pwrite(slots, slot, SLOT, i % 2 * SLOT) < 0)
			exit(1);
	}
	spent = cpu_us() - before;
	close(file);
	close(slots);
	unlinkat(dirfd, "bare", 0);
	return spent / TRANSACTIONS;
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static void measure(struct spool *spool, int fd, const char *record, int records)
{
	double append, commit = time_commits(spool, record, records, &append), bare = time_bare_writes(fd, records);

	printf("commit of a transaction of %3d records of %d bytes: %5.1f us CPU (aim: 20), appends %.1f us; bare writes of the "
		"same bytes and a 4 KiB slot %5.1f us, ratio %.2f\n", records, RECORD_BYTES, commit, append, bare, commit / bare);
}

int main(void)
{
	char path[] = "/tmp/sluice-bench-XXXXXX";
	char record[RECORD_BYTES];
	struct state *state;
	struct spool *spool;
	int fd;

	memset(record, 'x', sizeof(record));
	if (mkdtemp(path) == NULL)
		return 1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	spool = open_spool(fd, &state);
	measure(spool, fd, record, 1);
	measure(spool, fd, record, RECORDS / 2);
	measure(spool, fd, record, RECORDS);
	spool_free(&spool);
	state_free(&state);
	remove_files(path);
	return 0;
}
