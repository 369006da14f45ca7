#include "common/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox_private.h"

enum { FILTERED = 2 /* what PR_GET_SECCOMP says */, FIRST_FREE_PORT = 1024 };

void sandbox_find(struct sandbox_means *means)
{
	uint32_t action = SECCOMP_RET_ERRNO;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*means = (struct sandbox_means){ .on = true, .landlock = version >= SANDBOX_LANDLOCK_LEAST ? (int)version : 0 };
#if defined(__x86_64__) || defined(__aarch64__)
	means->filter = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#endif
}

/* ---- in the child, between vfork and exec: async-signal-safe calls only ---- */

static uint32_t bit(unsigned capability)
{
	return UINT32_C(1) << capability;
}

/* What is out of the bounding set is gone with exec; where it cannot be made smaller, no_new_privs keeps what capset() took
 * from coming back. What is ambient is what other users than root would keep over exec. */
static bool give_up(uint32_t kept)
{
	bool bounded = true;

	for (unsigned capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
		if (capability < 32 && (kept & bit(capability)))
			continue;
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0);
		bounded = prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 && bounded;
	}
	return bounded;
}

/* Where the supervisor is root its children are too, and are nobody special all the same: who owns the ring's memory could
 * otherwise open it for writing whatever its mode. An administrator's own files may be another user's. */
static bool drop_capabilities(const struct sandbox *sandbox)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	uint32_t kept = 0;
	bool bounded;

	if (syscall(SYS_capget, &header, caps) != 0)
		return false;
	if (sandbox->port != 0 && sandbox->port < FIRST_FREE_PORT)
		kept |= bit(CAP_NET_BIND_SERVICE);
	if (sandbox->anywhere)
		kept |= bit(CAP_DAC_OVERRIDE);
	kept &= caps[0].permitted;
	bounded = give_up(kept);
	/* of another user exec leaves what is ambient, and a service's own filter may not let this call pass */
	if (geteuid() != 0)
		return true;
	memset(caps, 0, sizeof(caps));
	caps[0].permitted = caps[0].effective = kept;
	return syscall(SYS_capset, &header, caps) == 0 || bounded;
}

const char *sandbox_enter(const struct sandbox *sandbox)
{
	/* no picture of its memory, which holds secrets, on a disk. Not 0: a program that cores are given to by a pipe would get it */
	const struct rlimit no_core = { 1, 1 };

	setrlimit(RLIMIT_CORE, &no_core);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return "no_new_privs";
	if (sandbox->means.landlock != 0 && !sandbox_limit_files(sandbox))
		return "Landlock";
	if (!drop_capabilities(sandbox))
		return "capabilities";
	if (sandbox->means.filter && !sandbox_filter_calls(sandbox->port != 0))
		return "the filter of system calls";
	return NULL;
}

/* ---- in the child's program ---- */

void sandbox_seal(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == FILTERED)
		sandbox_filter_seal();
}

void sandbox_give_way(const char *path)
{
	struct stat status;
	int fd, number;

	/* Landlock has no say in whether a file may be read, only in opening it. A folder is allowed to nobody */
	if (path == NULL || path[0] == '\0' || access(path, R_OK) != 0 || stat(path, &status) != 0 || S_ISDIR(status.st_mode))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	number = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || number != EACCES)
		return;
	log_error("%s was replaced, and is kept from a process that was started before: this one ends for the next", path);
	_exit(EXIT_FAILURE);
}

void sandbox_give_way_names(void)
{
	for (const char *const *file = sandbox_name_files; *file != NULL; file++)
		sandbox_give_way(*file);
}
