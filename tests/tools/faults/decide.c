#include "tests/tools/faults/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"

enum { SHARED_SIZE = 4096, TRACE_LINE = 2 * PATH_MAX };

static const char *const kind_names[KIND_COUNT] = {
	"openat", "pread", "pwrite", "write", "fsync", "fdatasync", "renameat", "linkat", "unlinkat", "mkdirat",
	"ftruncate", "fallocate", "send",
};

/* Goes on over the worker's lives: at the beginning of the file FAULTS_COUNTER. */
struct shared {
	_Atomic uint64_t count;               /* calls so far */
	_Atomic int64_t fired_ms;             /* wall clock: when the ordered one came; 0: it has not */
};

static struct {
	struct shared *shared;                /* NULL: there are no orders */
	uint64_t at;                          /* the call that something happens at, from 1; 0: only counted */
	enum faults_action action;
	const char *kinds, *places;           /* lists of what is counted; NULL: all */
	const char *name;                     /* how the file's name begins; NULL: any */
	char spool[PATH_MAX], parent[PATH_MAX], store[PATH_MAX];
	int trace;                            /* descriptor, -1: none */
} orders = { .trace = -1 };

/* ---- orders ---- */

static enum faults_action parse_action(const char *text)
{
	static const char *const names[] = { "", "kill-before", "kill-after", "eio", "enospc", "short", "power-before",
		"power-after" };

	for (unsigned i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0)
			return (enum faults_action)i;
	}
	return ACTION_NONE;
}

/* Whether the word is one of a list with commas; no list has all. */
static bool listed(const char *list, const char *word)
{
	size_t length = strlen(word);

	if (list == NULL)
		return true;
	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

static const char *given(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static void path_of_fd(int fd, char *path)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	path[length > 0 ? length : 0] = '\0';
}

static void read_places(void)
{
	char *slash;

	path_of_fd(FD_SPOOL, orders.spool);
	snprintf(orders.parent, sizeof(orders.parent), "%s", orders.spool);
	slash = strrchr(orders.parent, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(orders.store, sizeof(orders.store), "%s", given("FAULTS_STORE") ? given("FAULTS_STORE") : "");
}

static bool takes_power(enum faults_action action)
{
	return action == ACTION_POWER_BEFORE || action == ACTION_POWER_AFTER;
}

/* The machine is off, also for workers that a supervisor starts which has not heard of it: they last until it ends. */
_Noreturn static void stay_off(void)
{
	struct pollfd control = { .fd = FD_CONTROL };

	while ((control.revents & POLLHUP) == 0)
		poll(&control, 1, -1);
	_exit(1);
}

__attribute__((constructor)) static void read_orders(void)
{
	const char *counter = given("FAULTS_COUNTER");
	int fd = counter != NULL ? (int)syscall(SYS_openat, AT_FDCWD, counter, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *memory = MAP_FAILED;

	if (fd >= 0 && syscall(SYS_ftruncate, fd, SHARED_SIZE) == 0)
		memory = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		syscall(SYS_close, fd);
	if (memory == MAP_FAILED)
		return;
	orders.at = given("FAULTS_AT") ? strtoull(given("FAULTS_AT"), NULL, 10) : 0;
	orders.action = parse_action(given("FAULTS_ACTION"));
	orders.kinds = given("FAULTS_KINDS");
	orders.places = given("FAULTS_PLACES");
	orders.name = given("FAULTS_NAME");
	read_places();
	if (given("FAULTS_TRACE") != NULL)
		orders.trace = (int)syscall(SYS_openat, AT_FDCWD, given("FAULTS_TRACE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			0600);
	orders.shared = memory;
	if (takes_power(orders.action) && atomic_load(&orders.shared->fired_ms) != 0)
		stay_off();
}

const char *faults_boot_id(void)
{
	return given("FAULTS_BOOT_ID");
}

/* ---- places ---- */

static bool below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool faults_in_spool(int fd)
{
	char path[PATH_MAX];

	path_of_fd(fd, path);
	return below(path, orders.spool);
}

/* A connection of its own; not what the supervisor gave it. */
static bool is_connection(int fd)
{
	struct stat stat;

	return fd >= FD_CHILD_END && fstat(fd, &stat) == 0 && S_ISSOCK(stat.st_mode);
}

/* "spool", "store", or NULL for everything else. */
static const char *place_of(enum faults_kind kind, int fd, const char *path)
{
	if (kind == KIND_SEND || kind == KIND_WRITE) {
		if (is_connection(fd))
			return "store";
		if (kind == KIND_SEND)
			return NULL;
	}
	if (below(path, orders.spool) || strcmp(path, orders.parent) == 0)
		return "spool";
	return below(path, orders.store) ? "store" : NULL;
}

/* ---- at the call ---- */

static void trace(uint64_t number, enum faults_kind kind, const char *place, const char *path, const char *name)
{
	char line[TRACE_LINE];
	int length = snprintf(line, sizeof(line), "%llu %s %s %s%s%s\n", (unsigned long long)number, kind_names[kind], place,
		path, name != NULL ? "/" : "", name != NULL ? name : "");

	if (orders.trace >= 0 && length > 0)
		syscall(SYS_write, orders.trace, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* The file's own name: what the call gives beside a folder, or the last part of the descriptor's path. */
static bool name_fits(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *own = name != NULL ? name : slash != NULL ? slash + 1 : path;

	return orders.name == NULL || strncmp(own, orders.name, strlen(orders.name)) == 0;
}

enum faults_action faults_before(enum faults_kind kind, int fd, const char *name)
{
	char path[PATH_MAX];
	const char *place;
	uint64_t number;

	if (orders.shared == NULL || !listed(orders.kinds, kind_names[kind]))
		return ACTION_NONE;
	path_of_fd(fd, path);
	place = place_of(kind, fd, path);
	if (place == NULL || !listed(orders.places, place) || !name_fits(path, name))
		return ACTION_NONE;
	number = atomic_fetch_add(&orders.shared->count, 1) + 1;
	trace(number, kind, place, path, name);
	if (number != orders.at)
		return ACTION_NONE;
	atomic_store(&orders.shared->fired_ms, wall_ms());
	if (orders.action == ACTION_KILL_BEFORE || orders.action == ACTION_POWER_BEFORE)
		die();
	errno = orders.action == ACTION_ENOSPC ? ENOSPC : EIO;
	return orders.action;
}

void faults_after(enum faults_action action)
{
	if (action == ACTION_KILL_AFTER || action == ACTION_POWER_AFTER)
		die();
}
