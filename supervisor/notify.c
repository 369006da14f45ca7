#include "supervisor/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 512, NS_PER_US = 1000 };

/* A path, or with @ before it a name in the abstract space, which has a NUL there and none at its end. */
static int parse_address(struct notify *notify, const char *text, struct err *err)
{
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2 || length >= sizeof(notify->address.sun_path))
		return err_set(err, ERR_INVALID, "NOTIFY_SOCKET is \"%s\": neither a path nor @ and a name", text);
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, text, length);
	if (text[0] == '@')
		notify->address.sun_path[0] = '\0';
	notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (text[0] == '/'));
	return 0;
}

/* It may be meant for another process, whose environment this one has got. */
static int64_t watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long value = usec != NULL ? strtoull(usec, NULL, 10) : 0;

	if (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid())
		return 0;
	return value <= INT64_MAX / NS_PER_US ? (int64_t)value * NS_PER_US : 0;
}

int notify_open(struct notify *notify, struct err *err)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int error;

	*notify = (struct notify){ .fd = -1 };
	if (text == NULL || text[0] == '\0')
		return 0;
	error = parse_address(notify, text, err);
	if (error != 0)
		return error;
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->fd < 0)
		return err_sys(err, errno, "a socket for NOTIFY_SOCKET");
	notify->watchdog_ns = watchdog_ns();
	return 0;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

void notify_say(const struct notify *notify, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list args;
	int length;

	if (notify->fd < 0)
		return;
	va_start(args, format);
	length = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (length > 0)
		sendto(notify->fd, message, strnlen(message, sizeof(message)), MSG_NOSIGNAL,
			(const struct sockaddr *)&notify->address, notify->length);
}
