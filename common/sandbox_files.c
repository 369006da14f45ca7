/* What a child can open: Landlock's rules. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/sandbox.h"
#include "common/sandbox_private.h"

/* What kernels have that are newer than the headers of Debian 12. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)           /* from version 3 on */
#define ACCESS_DEVICES (UINT64_C(1) << 15)            /* 5: ioctl */
#define ACCESS_BIND_TCP (UINT64_C(1) << 0)            /* 4 */
#define SCOPE_ABSTRACT_SOCKETS (UINT64_C(1) << 0)     /* 6 */
#define SCOPE_SIGNALS (UINT64_C(1) << 1)              /* 6 */
enum { RULE_PORT = 2, VERSION_TRUNCATE = 3, VERSION_NET = 4, VERSION_DEVICES = 5 };

struct ruleset {
	uint64_t files, net, scopes;
};

struct port_rule {
	uint64_t access, port;
};

#define READS LANDLOCK_ACCESS_FS_READ_FILE
#define EXECUTES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define OF_FILES (EXECUTES | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | ACCESS_DEVICES)
/* Files and folders, and neither links nor devices, sockets and pipes. */
#define WRITES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER | ACCESS_TRUNCATE)
#define EVERY_ACCESS ((ACCESS_DEVICES << 1) - 1)

const char *const sandbox_name_files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", NULL,
};

/* Of the machine and nobody's secrets. */
static const char *const read_paths[] = {
	/* where the file that names of hosts are looked up by may really stand */
	"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
	/* authorities */
	"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	"/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
	"/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom", "/proc/sys/kernel/random/boot_id", NULL,
};

/* What programs and libraries, which may be loaded at any time, consist of. */
static const char *const program_paths[] = { "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", NULL };

static uint64_t known_access(int version)
{
	uint64_t known = EVERY_ACCESS;

	if (version < VERSION_DEVICES)
		known &= ~ACCESS_DEVICES;
	if (version < VERSION_TRUNCATE)
		known &= ~ACCESS_TRUNCATE;
	return known;
}

/* ---- rules ---- */

static bool is_folder(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool allow_below(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };

	if (!is_folder(fd))
		rule.allowed_access &= OF_FILES;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* What is not there, or not ours to reach, needs no rule. */
static bool allow_path(int ruleset, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	bool allowed = fd < 0 || allow_below(ruleset, fd, access);

	if (fd >= 0)
		close(fd);
	return allowed;
}

/* A file that a configuration names. Where a folder stands there nothing is allowed: it would be all that is in it. */
static bool allow_file(int ruleset, const char *path)
{
	int fd = path != NULL && path[0] != '\0' ? open(path, O_PATH | O_CLOEXEC) : -1;
	bool allowed = fd < 0 || is_folder(fd) || allow_below(ruleset, fd, READS);

	if (fd >= 0)
		close(fd);
	return allowed;
}

static bool allow_paths(int ruleset, const char *const *paths, uint64_t access)
{
	for (; *paths != NULL; paths++) {
		if (!allow_path(ruleset, *paths, access))
			return false;
	}
	return true;
}

static bool allow_own(const struct sandbox *sandbox, int ruleset, uint64_t known)
{
	if (sandbox->anywhere && !allow_path(ruleset, "/", WRITES & known))
		return false;
	if (fcntl(FD_SPOOL, F_GETFD) >= 0 && !allow_below(ruleset, FD_SPOOL, WRITES & known))
		return false;
	if (sandbox->files && !allow_below(ruleset, FD_FILES, WRITES & known))
		return false;
	for (unsigned i = 0; i < SANDBOX_FILES; i++) {
		if (!allow_file(ruleset, sandbox->files_read[i]))
			return false;
	}
	/* the leak sanitizer lists the threads of its process */
	if (SANDBOX_SANITIZED && !allow_path(ruleset, "/proc", READS | LANDLOCK_ACCESS_FS_READ_DIR))
		return false;
	return allow_path(ruleset, sandbox->program, EXECUTES);
}

static bool allow_port(int ruleset, uint16_t port)
{
	const struct port_rule rule = { ACCESS_BIND_TCP, port };

	return port == 0 || syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) == 0;
}

static bool fill(const struct sandbox *sandbox, int ruleset)
{
	return allow_own(sandbox, ruleset, known_access(sandbox->means.landlock)) &&
		allow_paths(ruleset, read_paths, READS) && allow_paths(ruleset, sandbox_name_files, READS) &&
		allow_paths(ruleset, program_paths, EXECUTES) &&
		(sandbox->means.landlock < VERSION_NET || allow_port(ruleset, sandbox->port));
}

bool sandbox_limit_files(const struct sandbox *sandbox)
{
	int version = sandbox->means.landlock;
	const struct ruleset handled = { .files = known_access(version), .net = version >= VERSION_NET ? ACCESS_BIND_TCP : 0,
		.scopes = version >= SANDBOX_LANDLOCK_SCOPES ? SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS : 0 };
	/* an older kernel takes a larger struct when what it does not know is 0 */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	bool limited = ruleset >= 0 && fill(sandbox, ruleset) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	int number = errno;

	if (ruleset >= 0)
		close(ruleset);
	errno = number;
	return limited;
}
