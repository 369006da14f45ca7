/* Connections that are none of an exporter's, and parts of the kernel that it has no need of. */
#include "tests/tools/hostile/hostile.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static bool connects(int type, const char *name, bool abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0 || length >= sizeof(address.sun_path) - 1)
		return false;
	memcpy(address.sun_path + abstract, name, length);
	return connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + abstract)) == 0;
}

static bool local_api(const struct targets *targets)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/sluiced.sock", targets->data);
	return connects(SOCK_STREAM, path, false);
}

static bool abstract_socket(const struct targets *targets) { return connects(SOCK_STREAM, targets->abstract, true); }

/* A pair of datagrams can be turned to another name. */
static bool turned_pair(const struct targets *targets)
{
	int ends[2];

	(void)targets;
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0;
}

static bool makes(int family, int type, int protocol)
{
	return socket(family, type, protocol) >= 0;
}

static bool unix_datagrams(const struct targets *targets) { return (void)targets, makes(AF_UNIX, SOCK_DGRAM, 0); }
static bool netlink(const struct targets *targets) { return (void)targets, makes(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }
static bool raw(const struct targets *targets) { return (void)targets, makes(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static bool packets(const struct targets *targets) { return (void)targets, makes(AF_PACKET, SOCK_RAW, 0); }
static bool crypto(const struct targets *targets) { return (void)targets, makes(AF_ALG, SOCK_SEQPACKET, 0); }
static bool virtual_machines(const struct targets *targets) { return (void)targets, makes(AF_VSOCK, SOCK_STREAM, 0); }
static bool other_protocol(const struct targets *targets) { return (void)targets, makes(AF_INET, SOCK_STREAM, 262 /* MPTCP */); }

static bool binds(uint16_t port, int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool low_port(const struct targets *targets) { return (void)targets, binds(997, SOCK_STREAM); }
static bool any_port(const struct targets *targets) { return (void)targets, binds(0, SOCK_STREAM); }
static bool datagram_port(const struct targets *targets) { return (void)targets, binds(0, SOCK_DGRAM); }

/* Listening without a bind takes any port. */
static bool listens(const struct targets *targets)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)targets;
	return fd >= 0 && listen(fd, 1) == 0;
}

static bool terminal(const struct targets *targets)
{
	(void)targets;
	/* on what is no terminal the call gets as far as to say that */
	return ioctl(1, TIOCSTI, "x") == 0 || errno == ENOTTY;
}

static bool ring_of_calls(const struct targets *targets)
{
	char parameters[256] = { 0 };

	(void)targets;
	return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

static bool kernel_program(const struct targets *targets)
{
	union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	(void)targets;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) >= 0;
}

static bool performance(const struct targets *targets)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes), .config = PERF_COUNT_SW_CPU_CLOCK };

	return syscall(SYS_perf_event_open, &attributes, targets->sibling, -1, -1, 0) >= 0;
}

static bool faults(const struct targets *targets) { return (void)targets, syscall(SYS_userfaultfd, 0) >= 0; }
static bool keys(const struct targets *targets) { return (void)targets, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1) >= 0; }
static bool new_key(const struct targets *targets) { return (void)targets, syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING) >= 0; }
static bool kernel_messages(const struct targets *targets) { return (void)targets, klogctl(10, NULL, 0) >= 0; }
static bool shared_memory(const struct targets *targets) { int id = shmget(IPC_PRIVATE, 4096, 0600); return (void)targets, id >= 0 && shmctl(id, IPC_RMID, NULL) == 0; }
static bool messages(const struct targets *targets) { int id = msgget(IPC_PRIVATE, 0600); return (void)targets, id >= 0 && msgctl(id, IPC_RMID, NULL) == 0; }
static bool semaphores(const struct targets *targets) { int id = semget(IPC_PRIVATE, 1, 0600); return (void)targets, id >= 0 && semctl(id, 0, IPC_RMID) == 0; }

#define ROW(name) { #name, name, false }
#define ALSO_REFUSED(name) { #name, name, true }

const struct probe socket_probes[] = {
	ROW(local_api), ROW(abstract_socket), ROW(turned_pair), ROW(unix_datagrams), ROW(netlink), ROW(raw), ROW(packets), ALSO_REFUSED(crypto),
	ALSO_REFUSED(virtual_machines), ALSO_REFUSED(other_protocol), ROW(low_port), ROW(any_port), ROW(datagram_port), ROW(listens), ROW(terminal),
	ALSO_REFUSED(ring_of_calls), ALSO_REFUSED(kernel_program), ALSO_REFUSED(performance), ALSO_REFUSED(faults), ALSO_REFUSED(keys),
	ALSO_REFUSED(new_key), ALSO_REFUSED(kernel_messages), ROW(shared_memory), ROW(messages), ROW(semaphores), { 0 },
};
