/* Listening sockets. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/server_private.h"

/* getaddrinfo() takes any number, and of a larger one its lowest 16 bits. */
static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' && strtoul(text, NULL, 10) <= UINT16_MAX;
}

/* "127.0.0.1:8470", "[::1]:8470" */
static int parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length, struct err *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	bool bracket = text[0] == '[';
	const char *end = bracket ? strstr(text, "]:") : strrchr(text, ':');
	const char *port = end != NULL ? end + 1 + bracket : "";
	struct addrinfo *found;
	char host[80] = "";

	*length = 0;
	if (end != NULL && end - text < (ptrdiff_t)sizeof(host))
		snprintf(host, sizeof(host), "%.*s", (int)(end - text - bracket), text + bracket);
	hints.ai_family = bracket ? AF_INET6 : AF_INET;
	if (host[0] == '\0' || !is_port(port) || getaddrinfo(host, port, &hints, &found) != 0)
		return err_set(err, ERR_CONFIG, "%s is not an address (no name) and a port, such as 127.0.0.1:8470 or [::1]:8470", text);
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int api_listen_check(const char *text, struct err *err)
{
	struct sockaddr_storage address;
	socklen_t length;

	return parse_address(text, &address, &length, err);
}

int socket_open_tcp(const char *text, int *fd, struct err *err)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length;
	int on = 1;
	int error = parse_address(text, &address, &length, err);

	if (error != 0)
		return error;
	*fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return err_sys(err, errno, "a socket for %s", text);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(*fd, (struct sockaddr *)&address, length) != 0 || listen(*fd, SOMAXCONN) != 0) {
		error = err_sys(err, errno, "listening on %s", text);
		close(*fd);
	}
	return error;
}

/* A socket that nobody listens on is left from a process that was killed. */
static int remove_dead(const struct sockaddr_un *address, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int refused;

	if (fd < 0)
		return err_sys(err, errno, "a socket for %s", address->sun_path);
	refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	close(fd);
	if (refused == ENOENT)
		return 0;
	if (refused != ECONNREFUSED)
		return err_set(err, ERR_BUSY, "%s is there already, and in use", address->sun_path);
	return unlink(address->sun_path) == 0 ? 0 : err_sys(err, errno, "removing %s", address->sun_path);
}

/* A file that is no socket refuses connections too: it is somebody's, and stays. */
static int make_room(const struct sockaddr_un *address, struct err *err)
{
	struct stat status;

	if (lstat(address->sun_path, &status) == 0 && !S_ISSOCK(status.st_mode))
		return err_set(err, ERR_BUSY, "%s is there already, and is no socket", address->sun_path);
	return remove_dead(address, err);
}

int socket_open_unix(const char *path, int *fd, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_CONFIG, "%s is longer than the %zu bytes of a socket's path", path,
			sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	error = make_room(&address, err);
	if (error != 0)
		return error;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return err_sys(err, errno, "a socket for %s", path);
	/* never open to others, not even for a moment */
	mask = umask(0177);
	error = bind(*fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (error == 0 && listen(*fd, SOMAXCONN) == 0)
		return 0;
	error = err_sys(err, errno, "listening on %s", path);
	close(*fd);
	return error;
}

bool socket_name(int fd, char out[static ADDRESS_SIZE])
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	out[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		return false;
	if (address.ss_family == AF_UNIX) {
		snprintf(out, ADDRESS_SIZE, "%.108s", ((const struct sockaddr_un *)(const void *)&address)->sun_path);
		return true;
	}
	if (getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(out, ADDRESS_SIZE, address.ss_family == AF_INET6 ? "[%.60s]:%.8s" : "%.60s:%.8s", host, port);
	return false;
}
