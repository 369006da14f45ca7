/* The filter of system calls: a program of the kernel's small machine, made from the tables in sandbox_calls.h. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <unistd.h>

#include "common/sandbox_calls.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum { INSTRUCTIONS = 512 };

/* numbers of x32 have this bit: another way to the same calls */
#define OTHER_ABI 0x40000000u
#define FIRST_UNKNOWN (SYS_landlock_restrict_self + 1)

struct filter {
	struct sock_filter code[INSTRUCTIONS];
	unsigned short length;
};

static void add(struct filter *filter, uint16_t what, uint32_t value, uint8_t yes, uint8_t no)
{
	if (filter->length < INSTRUCTIONS)
		filter->code[filter->length] = (struct sock_filter){ what, yes, no, value };
	filter->length++;
}

static void load(struct filter *filter, size_t offset)
{
	add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct filter *filter, uint32_t action)
{
	add(filter, BPF_RET | BPF_K, action, 0, 0);
}

static void refuse(struct filter *filter, uint32_t error)
{
	answer(filter, SECCOMP_RET_ERRNO | error);
}

/* Of another machine: its numbers mean other calls. What is newer than this table is as if the kernel had none of it, so that
 * libraries do as before. */
static void begin(struct filter *filter)
{
	filter->length = 0;
#ifdef ARCHITECTURE
	load(filter, offsetof(struct seccomp_data, arch));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	answer(filter, SECCOMP_RET_KILL_PROCESS);
#endif
	load(filter, offsetof(struct seccomp_data, nr));
	add(filter, BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 0, 1);
	answer(filter, SECCOMP_RET_KILL_PROCESS);
	add(filter, BPF_JMP | BPF_JGE | BPF_K, FIRST_UNKNOWN, 0, 1);
	refuse(filter, ENOSYS);
}

static void decide(struct filter *filter, uint32_t call, uint32_t action)
{
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
	answer(filter, action);
}

static void allow(struct filter *filter, const uint16_t *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		decide(filter, calls[i], SECCOMP_RET_ALLOW);
}

/* Little endian: the lower half of an argument comes first. */
static size_t argument_offset(unsigned argument)
{
	size_t half = argument >= HIGH_HALF ? sizeof(uint32_t) : 0;

	return offsetof(struct seccomp_data, args) + argument % HIGH_HALF * sizeof(uint64_t) + half;
}

static void jump(struct filter *filter)
{
	add(filter, BPF_JMP | BPF_JA, 0, 0, 0);
}

/* The jump that stands there leads to what comes next. */
static void land(struct filter *filter, unsigned short from)
{
	if (from < INSTRUCTIONS)
		filter->code[from].k = (uint32_t)(filter->length - from - 1);
}

/* Where the jump stands that what does not fit takes. */
static unsigned short add_check(struct filter *filter, const struct check *check)
{
	load(filter, argument_offset(check->argument));
	add(filter, BPF_ALU | BPF_AND | BPF_K, check->mask, 0, 0);
	for (uint8_t i = 0; i < check->count; i++)
		add(filter, BPF_JMP | BPF_JEQ | BPF_K, check->values[i], (uint8_t)(check->count - i), 0);
	jump(filter);
	return (unsigned short)(filter->length - 1);
}

/* What does not fit here may fit a later row of the same call. */
static void allow_checked(struct filter *filter, const struct checked_call *checked)
{
	unsigned short misses[CHECKS + 1], count = 0;

	load(filter, offsetof(struct seccomp_data, nr));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, checked->call, 1, 0);
	misses[count++] = filter->length;
	jump(filter);
	for (unsigned i = 0; i < CHECKS; i++) {
		if (checked->checks[i].count > 0)
			misses[count++] = add_check(filter, &checked->checks[i]);
	}
	answer(filter, SECCOMP_RET_ALLOW);
	while (count > 0)
		land(filter, misses[--count]);
}

static bool enter(struct filter *filter)
{
	struct sock_fprog program = { filter->length, filter->code };

	if (filter->length > INSTRUCTIONS) {
		errno = E2BIG;
		return false;
	}
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

bool sandbox_filter_calls(bool serves)
{
	const struct checked_call own_signals = { SYS_tgkill, { { 0, 1, ALL_BITS, { (uint32_t)getpid() } } } };
	struct filter filter;

	begin(&filter);
	allow(&filter, plain_calls, sizeof(plain_calls) / sizeof(plain_calls[0]));
	if (serves)
		allow(&filter, serving_calls, sizeof(serving_calls) / sizeof(serving_calls[0]));
	for (size_t i = 0; i < sizeof(checked_calls) / sizeof(checked_calls[0]); i++)
		allow_checked(&filter, &checked_calls[i]);
	allow_checked(&filter, &own_signals);
	load(&filter, offsetof(struct seccomp_data, nr));
	/* its flags are out of sight: threads are made by the older call then */
	decide(&filter, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
	refuse(&filter, EPERM);
	return enter(&filter);
}

bool sandbox_filter_seal(void)
{
	struct filter filter;

	begin(&filter);
	decide(&filter, SYS_execve, SECCOMP_RET_ERRNO | EPERM);
	decide(&filter, SYS_execveat, SECCOMP_RET_ERRNO | EPERM);
	decide(&filter, SYS_seccomp, SECCOMP_RET_ERRNO | EPERM);
	answer(&filter, SECCOMP_RET_ALLOW);
	return enter(&filter);
}
