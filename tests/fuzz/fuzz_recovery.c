/* A whole spool folder, damaged in any way: a start recovers it or says why not, every flow that was passed stays in
 * one bin, and a start after that finds the same account.
 *
 * Input: a byte, then damages: which file, what is done to it, two bytes of offset, one of length, so many bytes. Whoever
 * damages the record under a CRC that is right (in the first byte, bit 0) may make the account wrong, and it is not checked. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "tests/fuzz/check.h"
#include "worker/commit.h"
#include "worker/file_ops.h"
#include "worker/spool.h"
#include "worker/spool_name.h"
#include "worker/state.h"

#define BEGUN_MS 1767225600000LL

enum { FILES_MAX = 16, DAMAGES_MAX = 16, WAITING_MAX = 64 };
enum damage { DAMAGE_BYTES, DAMAGE_CUT, DAMAGE_DELETED, DAMAGE_LONGER, DAMAGES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	char name[SPOOL_NAME_SIZE];
	unsigned char *bytes;
	size_t size;
};

struct life {
	struct state *state;
	struct spool *spool;
	int region;
};

static char folder[] = "/dev/shm/sluice-fuzz-XXXXXX";
static int dirfd_of_it = -1;
static struct file whole[FILES_MAX];
static size_t file_count;

static void ignore_event(void *owner, int severity, const char *code, const char *message)
{
	(void)owner;
	(void)severity;
	(void)code;
	(void)message;
}

/* ---- lives ---- */

/* memory: the stages', as a supervisor holds it; borrowed. */
static int life_begin(struct life *life, int memory, struct err *err)
{
	static const unsigned char boot_id[BOOT_ID_SIZE] = { 1 };
	struct spool_options options = { .dirfd = dirfd_of_it, .files = &file_ops_system, .boot_id = boot_id,
		.event = ignore_event, .format = { .open = "[", .separator = ",", .close = "]\n", .compress_type = COMPRESS_NONE,
			.prefix = "logs", .bucket = "bucket", .ending = ".json", .content_type = "application/json",
			.content_encoding = "", .host_id = "edge-1", .key_layout = "" } };
	bool fresh;

	*life = (struct life){ 0 };
	check(state_new(&life->state, memory, err) == 0, "no memory");
	life->region = state_claim(life->state, "test", 8, 16, err);
	options.state = life->state;
	return spool_open(&life->spool, &options, &fresh, err);
}

static void life_end(struct life *life)
{
	spool_free(&life->spool);
	state_free(&life->state);
}

static void commit_it(struct life *life)
{
	check(spool_commit(life->spool, NULL) == 0, "no commit");
}

static void append(struct life *life, unsigned lane)
{
	spool_begin(life->spool);
	spool_account(life->spool)->passed++;
	check(spool_append(life->spool, lane, "\"record\"", 8, 1, BEGUN_MS, 1, NULL) == 0, "no record");
	commit_it(life);
}

static void cut(struct life *life, unsigned lane)
{
	spool_begin(life->spool);
	check(spool_cut(life->spool, lane, BEGUN_MS + 5000, 5 * NS_PER_S, NULL) == 0, "no cut");
	commit_it(life);
}

/* A flow that a stage keeps. */
static void keep(struct life *life, uint32_t slot)
{
	spool_begin(life->spool);
	spool_account(life->spool)->passed++;
	spool_account(life->spool)->waiting_state++;
	*(uint64_t *)state_change(life->state, life->region, slot) = slot + 1;
	commit_it(life);
}

/* What is cut, as the sealer and the loop do it. */
static void seal(struct life *life)
{
	struct seal_job *job;
	struct durable_job *durable;

	while ((job = spool_seal_next(life->spool, false)) != NULL) {
		int result = seal_run(job, NULL);

		spool_begin(life->spool);
		check(spool_sealed(life->spool, &job, result, BEGUN_MS + 6000, NULL) == 0, "not sealed");
		commit_it(life);
	}
	durable = spool_durable_next(life->spool);
	if (durable != NULL)
		spool_durable_done(life->spool, &durable, durable_run(durable, NULL));
}

/* ---- the folder ---- */

static void read_file(const char *name)
{
	struct file *file = &whole[file_count++];
	int fd = openat(dirfd_of_it, name, O_RDONLY | O_CLOEXEC);
	struct stat status;

	check(file_count <= FILES_MAX && fd >= 0 && fstat(fd, &status) == 0, "no file");
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->size = (size_t)status.st_size;
	file->bytes = malloc(file->size + 1);
	check(pread(fd, file->bytes, file->size, 0) == (ssize_t)file->size, "cannot read");
	close(fd);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* Calls each(name) for all but the folders, which are gone into with it. */
static void walk(int fd, void (*each)(int fd, const char *name))
{
	DIR *entries = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;

	check(entries != NULL, "no folder");
	while ((entry = readdir(entries)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			each(fd, entry->d_name);
	}
	closedir(entries);
}

static void remember(int fd, const char *name)
{
	(void)fd;
	if (strcmp(name, SPOOL_LOCK) != 0)
		read_file(name);
}

static void delete(int fd, const char *name)
{
	int inner;

	if (unlinkat(fd, name, 0) == 0)
		return;
	inner = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inner >= 0) {
		walk(inner, delete);
		close(inner);
	}
	unlinkat(fd, name, AT_REMOVEDIR);
}

static void end(void)
{
	walk(dirfd_of_it, delete);
	close(dirfd_of_it);
	rmdir(folder);
	for (size_t i = 0; i < file_count; i++)
		free(whole[i].bytes);
}

/* A life that leaves all that there can be: objects in flight and waiting, segments that are cut and open, what stages kept. */
static void begin(void)
{
	int memory = memfd_create("state", MFD_CLOEXEC);
	struct life life;

	log_init("fuzz", "", LOG_ERROR);
	if (mkdtemp(folder) == NULL) {
		memcpy(folder, "/tmp/sluice-fuzz-XXXXXX", sizeof("/tmp/sluice-fuzz-XXXXXX"));
		check(mkdtemp(folder) != NULL, "no folder");
	}
	dirfd_of_it = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	atexit(end);
	check(life_begin(&life, memory, NULL) == 0, "no first life");
	spool_position(life.spool)->epoch = 7;
	spool_set_stream_seconds(life.spool, 86400);
	spool_stream_name(life.spool, BEGUN_MS);
	commit_it(&life);
	for (unsigned i = 0; i < 6; i++) {
		append(&life, i % 2);
		append(&life, i % 2);
		cut(&life, i % 2);
		if (i < 5)
			seal(&life);
	}
	append(&life, 2);
	append(&life, 2);
	keep(&life, 3);
	keep(&life, 15);
	check(spool_close(life.spool, NULL) == 0, "no orderly end");
	life_end(&life);
	close(memory);
	walk(dirfd_of_it, remember);
	qsort(whole, file_count, sizeof(*whole), compare_names);
}

/* ---- damage ---- */

static void write_file(const char *name, const unsigned char *bytes, size_t size)
{
	int fd = openat(dirfd_of_it, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, "cannot write");
	close(fd);
}

/* Every valid slot with the bytes in the record, under a CRC that is right. False: no start is to be tried with it, for it
 * would wait for more objects than there is time for. */
static bool damage_record(unsigned char *slots, size_t at, const uint8_t *bytes, size_t length)
{
	for (unsigned i = 0; i < COMMIT_SLOTS; i++) {
		unsigned char *slot = slots + (size_t)i * COMMIT_SLOT_SIZE;
		struct commit commit;

		if (commit_decode(&commit, slot, NULL) != 0)
			continue;
		at %= sizeof(commit);
		memcpy((char *)&commit + at, bytes, length < sizeof(commit) - at ? length : sizeof(commit) - at);
		commit_encode(&commit, slot);
		if (commit_decode(&commit, slot, NULL) != 0)
			continue;
		for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
			if (commit.lanes[lane].sealed - commit.lanes[lane].claimed > WAITING_MAX)
				return false;
		}
	}
	return true;
}

static void damage_file(struct file *file, enum damage damage, size_t at, const uint8_t *bytes, size_t length)
{
	if (damage == DAMAGE_DELETED) {
		unlinkat(dirfd_of_it, file->name, 0);
		return;
	}
	at %= file->size + 1;
	if (damage == DAMAGE_CUT)
		file->size = at;
	else if (damage == DAMAGE_BYTES)
		memcpy(file->bytes + at, bytes, length < file->size - at ? length : file->size - at);
	write_file(file->name, file->bytes, file->size);
	if (damage == DAMAGE_LONGER) {
		int fd = openat(dirfd_of_it, file->name, O_WRONLY | O_APPEND | O_CLOEXEC);

		check(write(fd, bytes, length) == (ssize_t)length, "cannot write");
		close(fd);
	}
}

static bool damage_all(const uint8_t *data, size_t size, bool record)
{
	struct file copies[FILES_MAX];
	bool goes = true;

	walk(dirfd_of_it, delete);
	for (size_t i = 0; i < file_count; i++) {
		copies[i] = whole[i];
		copies[i].bytes = malloc(whole[i].size + 1);
		memcpy(copies[i].bytes, whole[i].bytes, whole[i].size);
		write_file(whole[i].name, whole[i].bytes, whole[i].size);
	}
	for (unsigned i = 0; i < DAMAGES_MAX && size >= 5 && goes; i++) {
		struct file *file = &copies[data[0] % file_count];
		size_t at = (size_t)data[2] << 8 | data[3], length = size - 5 < data[4] ? size - 5 : data[4];

		if (record && strcmp(file->name, SPOOL_COMMIT) == 0 && file->size == (size_t)COMMIT_SLOTS * COMMIT_SLOT_SIZE) {
			goes = damage_record(file->bytes, at, data + 5, length);
			write_file(file->name, file->bytes, file->size);
		} else {
			damage_file(file, (enum damage)(data[1] % DAMAGES), at, data + 5, length);
		}
		data += 5 + length;
		size -= 5 + length;
	}
	for (size_t i = 0; i < file_count; i++)
		free(copies[i].bytes);
	return goes;
}

/* ---- starts ---- */

static uint64_t in_bins(const struct account *account)
{
	return account->excluded_capture + account->excluded_tag + account->excluded_started + account->excluded_rule +
		account_lost(account) + account->waiting_state + account->waiting_spool + account->written;
}

/* False: it says why it does not start. */
static bool start(struct account *account, int memory, bool counted, bool go_on)
{
	struct err err = { 0 };
	struct life life;
	int error = life_begin(&life, memory, &err);

	check(error == 0 || err.message[0] != '\0', "no reason");
	if (error == 0) {
		commit_it(&life);
		*account = *spool_account(life.spool);
		check(!counted || account->passed == in_bins(account), "a flow is in no bin, or in two");
		if (go_on)
			seal(&life);
		*account = *spool_account(life.spool);
		check(!counted || account->passed == in_bins(account), "a flow is in no bin, or in two, when all is sealed");
	}
	life_end(&life);
	return error == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account first = { 0 }, second = { 0 };
	bool record;
	int memory;

	if (size == 0)
		return 0;
	if (dirfd_of_it < 0)
		begin();
	record = data[0] & 1;
	/* another boot: `state` is what is left of it */
	memory = memfd_create("state", MFD_CLOEXEC);
	if (damage_all(data + 1, size - 1, record) && start(&first, memory, !record, data[0] & 2)) {
		check(start(&second, memory, !record, false), "recovered, and does not start again");
		check(record || memcmp(&first, &second, sizeof(first)) == 0, "another account after another start");
	}
	close(memory);
	return 0;
}
