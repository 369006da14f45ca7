/* The notification protocol of a service manager (sd_notify(3)): states as datagrams to the socket that it names in
 * NOTIFY_SOCKET. The few lines that are needed of it, without libsystemd. */
#ifndef SLUICE_SUPERVISOR_NOTIFY_H
#define SLUICE_SUPERVISOR_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/err.h"

struct notify {
	int fd;                       /* -1: nobody listens */
	struct sockaddr_un address;
	socklen_t length;
	int64_t watchdog_ns;          /* how often it wants to hear WATCHDOG=1 at the least; 0: never */
};

/* Takes what the environment says; without NOTIFY_SOCKET nothing is ever sent. ERR_INVALID: a socket that cannot be used. */
int notify_open(struct notify *notify, struct err *err);
/* Harmless when nobody listens. */
void notify_close(struct notify *notify);
/* "READY=1\nSTATUS=…". Never waits: what finds no room is lost. */
void notify_say(const struct notify *notify, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
