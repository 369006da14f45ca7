/* The system calls of a child, by what they are for. Included by sandbox_filter.c alone. */
#ifndef SLUICE_COMMON_SANDBOX_CALLS_H
#define SLUICE_COMMON_SANDBOX_CALLS_H

#include <stdint.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "common/sandbox_private.h"

/* Allowed with any arguments. */
static const uint16_t plain_calls[] = {
	/* files that are open */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close, SYS_close_range, SYS_lseek, SYS_fstat,
	SYS_flock, SYS_fsync, SYS_fdatasync, SYS_sync_file_range, SYS_fallocate, SYS_ftruncate, SYS_fadvise64, SYS_dup, SYS_dup3,
	SYS_pipe2, SYS_getdents64,
	/* files by name: which ones is Landlock's to say. None that changes rights, owners or times, and none that cuts a file
	 * that is not open, for those are not asked of it */
	SYS_openat, SYS_openat2, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getcwd, SYS_mkdirat,
	SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat,
	/* memory */
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_msync, SYS_membarrier,
	/* threads and their end */
	SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq, SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity,
	SYS_getcpu, SYS_exit, SYS_exit_group, SYS_restart_syscall,
	/* signals of its own */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_sigaltstack,
	/* who and where it is, and the time */
	SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_getrusage,
	SYS_times, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_nanosleep, SYS_clock_nanosleep, SYS_getrandom,
	/* waiting */
	SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_ppoll, SYS_pselect6, SYS_eventfd2,
	SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_signalfd4,
	/* connections */
	SYS_connect, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_shutdown, SYS_getsockname,
	SYS_getpeername, SYS_setsockopt, SYS_getsockopt,
	/* its own program is still to be executed; sandbox_seal() takes this away */
	SYS_execve, SYS_seccomp,
#ifdef __x86_64__
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_rename, SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_link, SYS_dup2, SYS_pipe,
	SYS_poll, SYS_select, SYS_epoll_wait, SYS_epoll_create, SYS_getrlimit, SYS_time, SYS_arch_prctl,
#endif
#if SANDBOX_SANITIZED
	/* the leak sanitizer's look at all threads */
	SYS_clone, SYS_ptrace, SYS_wait4, SYS_prctl, SYS_personality, SYS_prlimit64, SYS_kill, SYS_tgkill, SYS_process_vm_readv,
	SYS_mincore,
#ifdef __x86_64__
	SYS_getdents,
#endif
#endif
};

/* And these in one that serves a page. */
static const uint16_t serving_calls[] = { SYS_bind, SYS_listen, SYS_accept, SYS_accept4 };

enum { CHECKS = 3, VALUES = 10, HIGH_HALF = 8 };

/* An argument must have one of some values, in the bits of the mask. A call that has several rows must fit one of them. */
struct check {
	uint8_t argument;             /* its lower half; + HIGH_HALF: its upper one */
	uint8_t count;                /* of values; 0: not checked */
	uint32_t mask;
	uint32_t values[VALUES];
};

struct checked_call {
	uint16_t call;
	struct check checks[CHECKS];
};

#define ALL_BITS 0xffffffffu
#define SOCKET_TYPES 0xfu             /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
/* as 6.x has it; the name is not in every libc */
#define SET_VMA 0x53564d41u

static const struct checked_call checked_calls[] = {
	/* IPv4 and IPv6, TCP and UDP: no Unix sockets, whose names Landlock does not keep apart, no raw ones, no netlink */
	{ SYS_socket, { { 0, 2, ALL_BITS, { AF_INET, AF_INET6 } }, { 1, 2, SOCKET_TYPES, { SOCK_STREAM, SOCK_DGRAM } },
		{ 2, 3, ALL_BITS, { 0, IPPROTO_TCP, IPPROTO_UDP } } } },
	/* libcurl's way to be woken by its resolver; one of datagrams could be turned to any name */
	{ SYS_socketpair, { { 0, 1, ALL_BITS, { AF_UNIX } }, { 1, 1, SOCKET_TYPES, { SOCK_STREAM } } } },
	/* no signals by way of a descriptor's owner, no leases, no pipes that take others' memory */
	{ SYS_fcntl, { { 1, 9, ALL_BITS, { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK, F_SETLKW, F_GET_SEALS } } } },
	/* and none is made to block: who else has it, as the supervisor has the wake-up, would wait for this child */
	{ SYS_fcntl, { { 1, 1, ALL_BITS, { F_SETFL } }, { 2, 1, O_NONBLOCK, { O_NONBLOCK } } } },
	/* no characters into a terminal, nothing of devices and interfaces, and not FIONBIO, which makes what is open block, too */
	{ SYS_ioctl, { { 1, 3, ALL_BITS, { TCGETS, FIONREAD, SIOCOUTQ } } } },
	{ SYS_prctl, { { 0, 8, ALL_BITS, { PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS,
		PR_GET_SECCOMP, PR_CAPBSET_READ, SET_VMA } } } },
	/* threads, no processes */
	{ SYS_clone, { { 0, 1, THREAD_FLAGS, { THREAD_FLAGS } } } },
	/* looks at its own limits */
	{ SYS_prlimit64, { { 0, 1, ALL_BITS, { 0 } }, { 2, 1, ALL_BITS, { 0 } }, { 2 + HIGH_HALF, 1, ALL_BITS, { 0 } } } },
};

#endif
