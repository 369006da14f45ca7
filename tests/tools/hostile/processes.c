/* Processes of others, programs, rights. */
#include "tests/tools/hostile/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool opens_of(pid_t pid, const char *name, int flags)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/proc/%d", (int)pid);
	return opens_below(folder, name, flags);
}

static bool supervisor_memory(const struct targets *targets) { return opens_of(targets->supervisor, "mem", O_RDWR); }
static bool supervisor_maps(const struct targets *targets) { return opens_of(targets->supervisor, "maps", O_RDONLY); }
static bool supervisor_environment(const struct targets *targets) { return opens_of(targets->supervisor, "environ", O_RDONLY); }
static bool supervisor_descriptors(const struct targets *targets) { return opens_of(targets->supervisor, "fd", O_RDONLY | O_DIRECTORY); }
static bool supervisor_command(const struct targets *targets) { return opens_of(targets->supervisor, "cmdline", O_RDONLY); }
static bool through_supervisors_root(const struct targets *targets) { return opens_of(targets->supervisor, "root/etc/passwd", O_RDONLY); }
static bool sibling_memory(const struct targets *targets) { return opens_of(targets->sibling, "mem", O_RDWR); }
static bool sibling_maps(const struct targets *targets) { return opens_of(targets->sibling, "maps", O_RDONLY); }
/* its folder of the spool, by its own descriptor */
static bool sibling_spool(const struct targets *targets) { return opens_of(targets->sibling, "fd/8/commit", O_RDONLY); }

static bool traced(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
		return false;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}

static bool supervisor_traced(const struct targets *targets) { return traced(targets->supervisor); }
static bool sibling_traced(const struct targets *targets) { return traced(targets->sibling); }

/* Where something can be read, both have the same program at the same place: none. The call itself says whether it may. */
static bool reads_memory(pid_t pid)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { NULL, 1 };

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == 1 || errno == EFAULT;
}

static bool supervisor_read(const struct targets *targets) { return reads_memory(targets->supervisor); }
static bool sibling_read(const struct targets *targets) { return reads_memory(targets->sibling); }

static bool supervisor_written(const struct targets *targets)
{
	char byte = 0;
	struct iovec from = { &byte, 1 }, to = { NULL, 1 };

	return process_vm_writev(targets->supervisor, &from, 1, &to, 1, 0) == 1 || errno == EFAULT;
}

/* Signal 0: whether one could be sent. */
static bool supervisor_signalled(const struct targets *targets) { return kill(targets->supervisor, 0) == 0; }
static bool sibling_signalled(const struct targets *targets) { return kill(targets->sibling, 0) == 0; }
static bool all_signalled(const struct targets *targets) { return (void)targets, kill(-1, 0) == 0; }
static bool sibling_thread_signalled(const struct targets *targets) { return tgkill(targets->sibling, targets->sibling, 0) == 0; }
static bool sibling_signal_queued(const struct targets *targets) { return sigqueue(targets->sibling, 0, (union sigval){ 0 }) == 0; }
static bool sibling_thread_named(const struct targets *targets) { return syscall(SYS_tkill, targets->sibling, 0) == 0; }
static bool sibling_descriptor(const struct targets *targets) { return pidfd_open(targets->sibling, 0) >= 0; }

static bool sibling_signalled_by_descriptor(const struct targets *targets)
{
	int fd = pidfd_open(targets->sibling, 0);

	return fd >= 0 && pidfd_send_signal(fd, 0, NULL, 0) == 0;
}

static bool supervisors_descriptor_taken(const struct targets *targets)
{
	int fd = pidfd_open(targets->supervisor, 0);

	return fd >= 0 && pidfd_getfd(fd, 2, 0) >= 0;
}

/* What is written to one end signals who owns the other. */
static bool signalled_by_owner(const struct targets *targets)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && fcntl(ends[0], F_SETOWN, targets->sibling) == 0;
}

static bool supervisor_limited(const struct targets *targets)
{
	struct rlimit limit;

	return prlimit(targets->supervisor, RLIMIT_NOFILE, NULL, &limit) == 0 &&
		prlimit(targets->supervisor, RLIMIT_NOFILE, &limit, NULL) == 0;
}

static bool supervisor_slowed(const struct targets *targets)
{
	return setpriority(PRIO_PROCESS, (id_t)targets->supervisor, getpriority(PRIO_PROCESS, (id_t)targets->supervisor)) == 0;
}

static bool supervisor_moved(const struct targets *targets)
{
	cpu_set_t set;

	return sched_getaffinity(targets->supervisor, sizeof(set), &set) == 0 &&
		sched_setaffinity(targets->supervisor, sizeof(set), &set) == 0;
}

static bool compared(const struct targets *targets)
{
	return syscall(SYS_kcmp, targets->supervisor, targets->sibling, KCMP_FILE, 0, 0) >= 0;
}

static bool forked(const struct targets *targets)
{
	pid_t child = fork();

	(void)targets;
	if (child == 0)
		_exit(0);
	return child > 0;
}

static bool forked_by_clone(const struct targets *targets)
{
	long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	(void)targets;
	if (child == 0)
		_exit(0);
	return child > 0;
}

/* Each of these is gone when it succeeds, and with it the report's end. */
static bool shell(const struct targets *targets)
{
	char *const words[] = { "sh", "-c", "exit 0", NULL };

	(void)targets;
	execve("/bin/sh", words, NULL);
	return false;
}

static bool own_program(const struct targets *targets)
{
	char *const words[] = { "none", NULL };

	(void)targets;
	/* without targets beside it it ends with another status than 0, but it runs */
	if (opens("/proc/self/exe", O_RDONLY) && access("/bin/true", X_OK) == 0)
		execve("/proc/self/exe", words, NULL);
	return false;
}

static bool by_loader(const struct targets *targets)
{
	char *const words[] = { "ld.so", "/bin/true", NULL };

	(void)targets;
	execve("/lib64/ld-linux-x86-64.so.2", words, NULL);
	return false;
}

static bool program_in_memory(const struct targets *targets)
{
	char *const words[] = { "true", NULL };
	char bytes[65536];
	int from = open("/bin/true", O_RDONLY | O_CLOEXEC), to = memfd_create("program", 0);
	ssize_t length = read(from, bytes, sizeof(bytes));

	(void)targets;
	if (to >= 0 && length > 0 && write(to, bytes, (size_t)length) == length)
		fexecve(to, words, (char *const[]){ NULL });
	return false;
}

static bool program_in_spool(const struct targets *targets)
{
	int fd = openat(8, "program", O_RDWR | O_CREAT | O_CLOEXEC, 0700);

	(void)targets;
	return fd >= 0 && fchmod(fd, 0700) == 0 && unlinkat(8, "program", 0) == 0;
}

static bool other_user(const struct targets *targets) { return (void)targets, setresuid(65534, 65534, 65534) == 0; }
static bool other_group(const struct targets *targets) { return (void)targets, setresgid(65534, 65534, 65534) == 0; }
static bool other_groups(const struct targets *targets) { return (void)targets, setgroups(0, NULL) == 0; }
static bool user_namespace(const struct targets *targets) { return (void)targets, unshare(CLONE_NEWUSER) == 0; }
static bool mount_namespace(const struct targets *targets) { return (void)targets, unshare(CLONE_NEWNS) == 0; }
static bool network_namespace(const struct targets *targets) { return (void)targets, unshare(CLONE_NEWNET) == 0; }
static bool dumpable(const struct targets *targets) { return (void)targets, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0; }
static bool traceable(const struct targets *targets) { return (void)targets, prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0) == 0; }
static bool other_personality(const struct targets *targets) { return (void)targets, personality(ADDR_NO_RANDOMIZE) != -1; }
static bool host_name(const struct targets *targets)
{
	char name[256];

	(void)targets;
	return gethostname(name, sizeof(name)) == 0 && sethostname(name, strlen(name)) == 0;
}

static bool own_limits(const struct targets *targets)
{
	struct rlimit limit = { 1024, 1024 };

	(void)targets;
	return setrlimit(RLIMIT_STACK, &limit) == 0;
}

#define ROW(name) { #name, name, false }
#define ALSO_REFUSED(name) { #name, name, true }

const struct probe process_probes[] = {
	ROW(supervisor_memory), ROW(supervisor_maps), ROW(supervisor_environment), ROW(supervisor_descriptors), ROW(supervisor_command),
	ROW(through_supervisors_root), ROW(sibling_memory), ROW(sibling_maps), ROW(sibling_spool), ROW(supervisor_traced), ROW(sibling_traced),
	ROW(supervisor_read), ROW(sibling_read), ROW(supervisor_written), ROW(supervisor_signalled), ROW(sibling_signalled),
	ROW(all_signalled), ROW(sibling_thread_signalled), ROW(sibling_signal_queued), ROW(sibling_thread_named), ROW(sibling_descriptor),
	ROW(sibling_signalled_by_descriptor), ROW(supervisors_descriptor_taken), ROW(signalled_by_owner), ROW(supervisor_limited),
	ROW(supervisor_slowed), ROW(supervisor_moved), ALSO_REFUSED(compared), ROW(forked), ROW(forked_by_clone), ROW(shell), ALSO_REFUSED(own_program),
	ALSO_REFUSED(by_loader), ROW(program_in_memory), ROW(program_in_spool), ROW(other_user), ROW(other_group), ROW(other_groups),
	ROW(user_namespace), ROW(mount_namespace), ROW(network_namespace), ROW(dumpable), ALSO_REFUSED(traceable), ROW(other_personality),
	ROW(host_name), ROW(own_limits), { 0 },
};
