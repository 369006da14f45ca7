#include "supervisor/local_http.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_SIZE = 1024, PIECE = 64 * 1024 };

static int connect_to(const char *path, int *fd, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = LOCAL_HTTP_TIMEOUT_S };
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_LIMIT, "the socket's path is too long: %s", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return err_sys(err, errno, "a socket");
	setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(*fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	if (errno == ENOENT || errno == ECONNREFUSED)
		error = err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_CLOSED, "no supervisor listens at %s", path);
	else
		error = err_sys(err, errno, "connecting to %s", path);
	close(*fd);
	*fd = -1;
	return error;
}

static int send_request(int fd, const char *target, struct err *err)
{
	char request[REQUEST_SIZE];
	int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
		"Connection: close\r\n\r\n", target);

	if (length < 0 || (size_t)length >= sizeof(request))
		return err_set(err, ERR_LIMIT, "the request is too long");
	if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
		return err_sys(err, errno, "asking the supervisor");
	return 0;
}

/* Until the end of the connection. */
static int receive(int fd, struct buffer *answer, struct err *err)
{
	ssize_t length;

	do {
		if (buffer_reserve(answer, PIECE) != 0)
			return err_set(err, ERR_LIMIT, "the supervisor's answer is too large");
		length = recv(fd, answer->bytes + answer->length, PIECE, 0);
		if (length > 0)
			answer->length += (size_t)length;
	} while (length > 0 || (length < 0 && errno == EINTR));
	if (length == 0)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return err_set(err, ERR_TIMEOUT, "the supervisor has not answered in %d s", LOCAL_HTTP_TIMEOUT_S);
	return err_sys(err, errno, "reading the supervisor's answer");
}

/* The value of a header field of the head, which ends with a NUL; NULL: it has none. */
static const char *field_of(const char *head, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return NULL;
}

/* "{…,"detail":…}" of a problem is for programs; its status and words are enough here. */
static int check_head(const char *head, size_t body_length, struct err *err)
{
	const char *told = field_of(head, "Content-Length");
	int status;

	if (strncmp(head, "HTTP/1.1 ", 9) != 0 || sscanf(head + 9, "%3d", &status) != 1)
		return err_set(err, ERR_PROTOCOL, "what listens there is no supervisor");
	if (status != 200)
		return err_set(err, ERR_PROTOCOL, "the supervisor answers %.*s", (int)strcspn(head + 9, "\r"), head + 9);
	if (told == NULL || strtoull(told, NULL, 10) != body_length)
		return err_set(err, ERR_PROTOCOL, "the supervisor's answer was cut short");
	return 0;
}

int local_http_parse(struct buffer *answer, struct err *err)
{
	const char *end = answer->length > 0 ? memmem(answer->bytes, answer->length, "\r\n\r\n", 4) : NULL;
	size_t head;
	int error;

	if (end == NULL)
		return err_set(err, ERR_PROTOCOL, "the supervisor's answer was cut short");
	head = (size_t)(end - answer->bytes) + 4;
	answer->bytes[head - 2] = '\0';
	error = check_head(answer->bytes, answer->length - head, err);
	if (error != 0)
		return error;
	buffer_consume(answer, head);
	if (buffer_append(answer, "", 1) != 0)
		return err_set(err, ERR_LIMIT, "the supervisor's answer is too large");
	answer->length--;
	return 0;
}

int local_http_get(const char *path, const char *target, struct buffer *answer, struct err *err)
{
	int fd = -1;
	int error = connect_to(path, &fd, err);

	if (error != 0)
		return error;
	buffer_consume(answer, answer->length);
	error = send_request(fd, target, err);
	if (error == 0)
		error = receive(fd, answer, err);
	close(fd);
	return error == 0 ? local_http_parse(answer, err) : error;
}
