/* Daemons of libmicrohttpd: one accepts on each socket, those that a reload has replaced serve what they have. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/server_private.h"
#include "common/clock.h"
#include "common/log.h"

enum { PEM_MAX = 1024 * 1024 };

/* ---- running ---- */

void daemon_kick(struct daemon *daemon)
{
	loop_timer_set(daemon->listener->server->loop, &daemon->timer, 0, NULL);
}

void daemon_run(struct daemon *daemon)
{
	struct loop *loop = daemon->listener->server->loop;
	MHD_UNSIGNED_LONG_LONG wait_ms;

	MHD_run(daemon->http);
	if (MHD_get_timeout(daemon->http, &wait_ms) == MHD_YES)
		loop_timer_set(loop, &daemon->timer, loop_now(loop) + (int64_t)wait_ms * NS_PER_MS, NULL);
}

static void on_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	daemon_run(source->owner);
}

static void on_timer(struct loop_timer *timer)
{
	daemon_run(timer->owner);
}

/* ---- starting ---- */

/* The last thing it says before a start fails is why. */
static void on_complaint(void *cls, const char *format, va_list args)
{
	struct api_server *server = cls;

	vsnprintf(server->complaint, sizeof(server->complaint), format, args);
	server->complaint[strcspn(server->complaint, "\r\n")] = '\0';
	log_debug("http server: %s", server->complaint);
}

/* Our router decodes, after splitting. */
static size_t keep_escapes(void *cls, struct MHD_Connection *http, char *text)
{
	(void)cls;
	(void)http;
	return strlen(text);
}

/* Descriptors are also needed for children, the database and rings: connections get half of them at most. */
static intptr_t connection_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / 2 >= CONNECTIONS_MAX)
		return CONNECTIONS_MAX;
	return (intptr_t)(limit.rlim_cur / 2);
}

static struct MHD_Daemon *start(struct daemon *daemon, int fd, const struct tls_text *tls)
{
	static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
	struct listener *listener = daemon->listener;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem secure[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, priorities },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem limits[] = {
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_PER_ADDRESS, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	bool encrypted = tls->cert != NULL && !listener->local;

	return MHD_start_daemon(flags | (encrypted ? MHD_USE_TLS : 0), 0, NULL, NULL, http_handle, daemon,
		MHD_OPTION_EXTERNAL_LOGGER, on_complaint, listener->server,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_URI_LOG_CALLBACK, http_target, daemon,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, http_completed, daemon,
		MHD_OPTION_NOTIFY_CONNECTION, http_connection, daemon,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)connection_limit(),
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_ARRAY, listener->local ? none : limits,
		MHD_OPTION_ARRAY, encrypted ? secure : none,
		MHD_OPTION_END);
}

static int watch(struct daemon *daemon, struct err *err)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon->http, MHD_DAEMON_INFO_EPOLL_FD);

	daemon->source = (struct loop_source){ .fd = info->epoll_fd, .ready = on_ready, .owner = daemon };
	daemon->timer = (struct loop_timer){ .fire = on_timer, .owner = daemon };
	return loop_add(daemon->listener->server->loop, &daemon->source, EPOLLIN, err);
}

/* Of a certificate libmicrohttpd says no more than that TLS does not start. */
static int cannot_serve(const struct listener *listener, const struct tls_text *tls, struct err *err)
{
	const char *complaint = listener->server->complaint;

	if (complaint[0] == '\0')
		complaint = "libmicrohttpd does not start";
	if (tls->cert == NULL || listener->local)
		return err_set(err, ERR_IO, "serving %s: %s", listener->address, complaint);
	return err_set(err, ERR_TLS, "serving %s: %s: is %s a certificate (PEM), and %s the key that belongs to it?",
		listener->address, complaint, tls->files->cert_file, tls->files->key_file);
}

int daemon_start(struct listener *listener, const struct tls_text *tls, struct daemon **result, struct err *err)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	/* a start that fails closes what it was given, and another daemon that still uses it would abort */
	int fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);

	*result = NULL;
	if (daemon == NULL || fd < 0) {
		free(daemon);
		if (fd >= 0)
			close(fd);
		return err_set(err, ERR_NO_MEMORY, "no memory or descriptor to listen on %s", listener->address);
	}
	daemon->listener = listener;
	listener->server->complaint[0] = '\0';
	daemon->http = start(daemon, fd, tls);
	if (daemon->http == NULL) {
		free(daemon);
		return cannot_serve(listener, tls, err);
	}
	daemon->next = listener->daemons;
	listener->daemons = daemon;
	if (watch(daemon, err) != 0) {
		daemon_stop(daemon);
		return err_prefix(err, "serving %s", listener->address);
	}
	*result = daemon;
	return 0;
}

/* ---- ending ---- */

void daemon_quiet(struct daemon *daemon)
{
	int fd;

	if (daemon->quiet)
		return;
	daemon->quiet = true;
	fd = MHD_quiesce_daemon(daemon->http);
	if (fd >= 0)
		close(fd);
}

void daemon_stop(struct daemon *daemon)
{
	struct api_server *server = daemon->listener->server;
	struct daemon **place = &daemon->listener->daemons;

	daemon_quiet(daemon);
	while (*place != daemon)
		place = &(*place)->next;
	*place = daemon->next;
	/* its descriptor is closed within */
	loop_remove(server->loop, &daemon->source);
	MHD_stop_daemon(daemon->http);
	loop_timer_cancel(server->loop, &daemon->timer);
	free(daemon);
}

unsigned daemon_connections(const struct daemon *daemon)
{
	return MHD_get_daemon_info(daemon->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* ---- certificates ---- */

static int read_file(const char *path, char **text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = malloc(PEM_MAX + 1);
	size_t used = 0;
	ssize_t got = -1;

	while (fd >= 0 && bytes != NULL && used < PEM_MAX && (got = read(fd, bytes + used, PEM_MAX - used)) > 0)
		used += (size_t)got;
	if (fd < 0 || bytes == NULL || got < 0) {
		err_sys(err, fd < 0 || bytes != NULL ? errno : ENOMEM, "reading %s", path);
		free(bytes);
		if (fd >= 0)
			close(fd);
		return err->code;
	}
	close(fd);
	if (used == PEM_MAX || memchr(bytes, '\0', used) != NULL) {
		free(bytes);
		return err_set(err, ERR_INVALID, "%s is not a PEM file", path);
	}
	bytes[used] = '\0';
	*text = bytes;
	return 0;
}

int tls_read(const struct api_tls *tls, struct tls_text *text, struct err *err)
{
	int error;

	*text = (struct tls_text){ .files = tls };
	if (tls->cert_file == NULL)
		return 0;
	error = read_file(tls->cert_file, &text->cert, err);
	if (error == 0)
		error = read_file(tls->key_file, &text->key, err);
	if (error != 0)
		tls_fini(text);
	return error;
}

void tls_fini(struct tls_text *text)
{
	if (text->key != NULL)
		explicit_bzero(text->key, strlen(text->key));
	free(text->key);
	free(text->cert);
	*text = (struct tls_text){ 0 };
}
