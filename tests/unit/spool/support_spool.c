#include "support_spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"

static void note_event(void *owner, int severity, const char *code, const char *message)
{
	struct fixture *fixture = owner;

	(void)severity;
	fixture->events++;
	snprintf(fixture->last_event, sizeof(fixture->last_event), "%s", code);
	snprintf(fixture->last_message, sizeof(fixture->last_message), "%s", message);
}

void fixture_init(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/sluice-spool-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->dirfd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->dirfd >= 0);
	fixture->state_fd = memfd_create("state", MFD_CLOEXEC);
	assert_true(fixture->state_fd >= 0);
	memset(fixture->boot_id, 1, sizeof(fixture->boot_id));
	fixture->options = (struct spool_options){
		.dirfd = fixture->dirfd,
		.format = { .open = "[", .separator = ",", .close = "]\n", .compress_type = COMPRESS_NONE, .prefix = "logs",
			.bucket = "bucket", .ending = ".json", .content_type = "application/json", .content_encoding = "",
			.host_id = "edge-1", .key_layout = "" },
		.files = &file_ops_system,
		.boot_id = fixture->boot_id,
		.event = note_event,
		.owner = fixture,
	};
}

void fixture_kill(struct fixture *fixture)
{
	spool_free(&fixture->spool);
	state_free(&fixture->state);
}

static void remove_folder(const char *path)
{
	char name[512];
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_folder(name);
		else
			unlink(name);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

void fixture_fini(struct fixture *fixture)
{
	fixture_kill(fixture);
	close(fixture->state_fd);
	close(fixture->dirfd);
	remove_folder(fixture->path);
}

void fixture_reboot(struct fixture *fixture)
{
	fixture_kill(fixture);
	close(fixture->state_fd);
	fixture->state_fd = memfd_create("state", MFD_CLOEXEC);
	fixture->boot_id[0]++;
}

int fixture_open(struct fixture *fixture, struct err *err)
{
	assert_int_equal(state_new(&fixture->state, fixture->state_fd, err), 0);
	fixture->region = state_claim(fixture->state, "test", 8, 16, err);
	assert_true(fixture->region >= 0);
	fixture->options.state = fixture->state;
	return spool_open(&fixture->spool, &fixture->options, &fixture->fresh, err);
}

void fixture_commit(struct fixture *fixture)
{
	struct err err = { 0 };

	if (spool_commit(fixture->spool, &err) != 0)
		fail_msg("commit: %s", err.message);
}

void fixture_start(struct fixture *fixture)
{
	struct err err = { 0 };

	if (fixture_open(fixture, &err) != 0)
		fail_msg("open: %s", err.message);
	spool_position(fixture->spool)->epoch = 7;
	spool_set_stream_seconds(fixture->spool, 86400);
	spool_stream_name(fixture->spool, STREAM_MS);
	fixture_commit(fixture);
}

void fixture_append(struct fixture *fixture, unsigned lane, unsigned count)
{
	struct err err = { 0 };
	char record[16];

	spool_begin(fixture->spool);
	for (unsigned i = 0; i < count; i++) {
		int length = snprintf(record, sizeof(record), "\"a%u\"", i);

		spool_account(fixture->spool)->passed++;
		if (spool_append(fixture->spool, lane, record, (size_t)length, 1, STREAM_MS, 1, &err) != 0)
			fail_msg("append: %s", err.message);
	}
	fixture_commit(fixture);
}

void fixture_cut(struct fixture *fixture, unsigned lane)
{
	struct err err = { 0 };

	spool_begin(fixture->spool);
	if (spool_cut(fixture->spool, lane, STREAM_MS + 5000, 5 * NS_PER_S, &err) != 0)
		fail_msg("cut: %s", err.message);
	fixture_commit(fixture);
}

unsigned fixture_seal(struct fixture *fixture)
{
	struct err err = { 0 };
	struct seal_job *job;
	unsigned sealed = 0;

	while ((job = spool_seal_next(fixture->spool, false)) != NULL) {
		int result = seal_run(job, &err);

		if (result != 0 && result != ERR_CORRUPT)
			fail_msg("seal: %s", err.message);
		assert_int_equal(seal_sync(fixture->dirfd, fixture->options.files, &err), 0);
		spool_begin(fixture->spool);
		if (spool_sealed(fixture->spool, &job, result, STREAM_MS + 6000, &err) != 0)
			fail_msg("sealed: %s", err.message);
		fixture_commit(fixture);
		sealed++;
	}
	return sealed;
}

bool fixture_durable(struct fixture *fixture)
{
	struct durable_job *job = spool_durable_next(fixture->spool);
	struct err err = { 0 };

	if (job == NULL)
		return false;
	if (durable_run(job, &err) != 0)
		fail_msg("durable: %s", err.message);
	spool_durable_done(fixture->spool, &job, 0);
	return true;
}

void fixture_make_object(struct fixture *fixture, unsigned lane, unsigned count)
{
	fixture_append(fixture, lane, count);
	fixture_cut(fixture, lane);
	assert_int_equal(fixture_seal(fixture), 1);
	fixture_durable(fixture);
}

void assert_account_adds_up(const struct fixture *fixture)
{
	const struct account *account = spool_account(fixture->spool);
	uint64_t sum = account->excluded_capture + account->excluded_tag + account->excluded_started +
		account->excluded_rule + account->lost_ring + account->lost_error + account->lost_overflow +
		account->lost_spool + account->waiting_state + account->waiting_spool + account->written;
	uint64_t waiting = 0;

	assert_int_equal(account->passed, sum);
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct spool_lane lane;

		spool_lane(fixture->spool, i, &lane);
		waiting += lane.waiting_flows;
	}
	assert_int_equal(account->waiting_spool, waiting);
}

char *fixture_read(const struct fixture *fixture, const char *name, size_t *length)
{
	int fd = openat(fixture->dirfd, name, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *bytes;

	if (fd < 0 || fstat(fd, &stat) != 0)
		return NULL;
	bytes = calloc(1, (size_t)stat.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, (size_t)stat.st_size, 0), stat.st_size);
	close(fd);
	if (length != NULL)
		*length = (size_t)stat.st_size;
	return bytes;
}

void fixture_write(const struct fixture *fixture, const char *name, const void *bytes, size_t length, long offset)
{
	int fd = openat(fixture->dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, offset), length);
	close(fd);
}

bool fixture_has(const struct fixture *fixture, const char *name)
{
	return faccessat(fixture->dirfd, name, F_OK, 0) == 0;
}

unsigned fixture_count(const struct fixture *fixture, const char *ending)
{
	DIR *dir = opendir(fixture->path);
	const struct dirent *entry;
	unsigned count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name), tail = strlen(ending);

		count += length >= tail && strcmp(entry->d_name + length - tail, ending) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}
