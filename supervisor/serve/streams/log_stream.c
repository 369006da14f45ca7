/* A pipeline's log over the API: the file before and the one of now, read as they are on disk, and followed. */
#include "supervisor/serve/streams/log_stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/stream.h"
#include "api/text.h"
#include "common/buffer.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/log_files.h"
#include "supervisor/serve/streams/log_start.h"
#include "supervisor/store/audit.h"

enum { FILL_BYTES = 16 * 1024, BEFORE = 0, NOW = 1 };

struct log_view {
	struct serve *serve;
	struct api_stream *stream;
	struct log_reader reader;
	char id[STORE_ID_LENGTH + 1];
	int fds[2];                   /* -1: not there */
	off_t offsets[2];
	bool follow, events;
};

static int open_log(const struct serve *serve, const char *id, bool before)
{
	char name[LOG_NAME_SIZE];

	log_file_name(id, before, name);
	return openat(serve->logs_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* ---- sending ---- */

static int put_lines(const struct log_view *view, char *text, size_t length, struct buffer *out)
{
	int error = 0;

	if (!view->events)
		return buffer_append(out, text, length);
	for (char *line = text, *end; error == 0 && line < text + length; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + length - line));
		if (end == NULL)
			end = text + length;
		*end = '\0';
		text_make_utf8(line);
		error = api_event_put(out, NULL, "line", line);
	}
	return error;
}

/* Whole lines of one file. Returns the bytes taken, or a negative error. */
static ssize_t put_some(struct log_view *view, int which, struct buffer *out)
{
	char text[FILL_BYTES + 1];
	ssize_t length = view->fds[which] >= 0 ? pread(view->fds[which], text, FILL_BYTES, view->offsets[which]) : 0;
	const char *end;
	int error;

	if (length <= 0)
		return length < 0 ? ERR_IO : 0;
	end = memrchr(text, '\n', (size_t)length);
	if (end != NULL)
		length = end - text + 1;
	else if (length < FILL_BYTES)
		return 0;
	error = put_lines(view, text, (size_t)length, out);
	if (error != 0)
		return error;
	view->offsets[which] += length;
	return length;
}

static bool is_same(int fd, int other)
{
	struct stat one, two;

	return fd >= 0 && other >= 0 && fstat(fd, &one) == 0 && fstat(other, &two) == 0 && one.st_ino == two.st_ino;
}

/* The file that was read has become the one before, or is gone already: then another one was between the two. */
static int tell_missing(const struct log_view *view, struct buffer *out)
{
	char line[] = "(lines are missing here: they came faster than they were read)\n";
	int before = open_log(view->serve, view->id, true), error = 0;

	if (view->fds[NOW] >= 0 && !is_same(view->fds[NOW], before))
		error = put_lines(view, line, strlen(line), out);
	if (before >= 0)
		close(before);
	return error;
}

/* The file of now is another than the one that was read, or there was none yet. 1: it is open. */
static int take_next_file(struct log_view *view, struct buffer *out)
{
	int fd = open_log(view->serve, view->id, false), error;

	if (fd < 0)
		return 0;
	if (is_same(view->fds[NOW], fd)) {
		close(fd);
		return 0;
	}
	error = tell_missing(view, out);
	if (view->fds[NOW] >= 0)
		close(view->fds[NOW]);
	view->fds[NOW] = fd;
	view->offsets[NOW] = 0;
	return error != 0 ? error : 1;
}

static int fill(void *owner, struct buffer *out)
{
	struct log_view *view = owner;
	ssize_t taken = put_some(view, BEFORE, out);

	if (taken == 0)
		taken = put_some(view, NOW, out);
	if (taken == 0 && view->follow && (taken = take_next_file(view, out)) > 0)
		taken = put_some(view, NOW, out);
	if (taken < 0)
		return (int)taken;
	return taken == 0 && (!view->follow || view->reader.over) ? STREAM_DONE : 0;
}

static void wake(struct watch *watch)
{
	const struct log_view *view = loop_owner(watch, struct log_view, reader.watch);

	api_stream_wake(view->stream);
}

static void closed(void *owner)
{
	struct log_view *view = owner;

	watch_remove(&view->reader.watch);
	for (int i = 0; i < 2; i++) {
		if (view->fds[i] >= 0)
			close(view->fds[i]);
	}
	free(view);
}

/* ---- the operations ---- */

static int view_new(struct log_view **out, struct serve *serve, const char *id, const struct api_log_query *query,
	struct err *err)
{
	struct log_view *view = *out = calloc(1, sizeof(*view));
	int error;

	if (view == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a stream");
	*view = (struct log_view){ .serve = serve, .reader = { .watch = { .wake = wake } }, .follow = query->follow, .events = query->events };
	snprintf(view->id, sizeof(view->id), "%s", id);
	view->fds[BEFORE] = open_log(serve, id, true);
	view->fds[NOW] = open_log(serve, id, false);
	error = log_start_find(view->fds, query->tail, query->since_ms, view->offsets, err);
	if (error == 0)
		error = api_stream_new(&view->stream, err);
	if (error != 0) {
		closed(view);
		return error;
	}
	api_stream_owner(view->stream, closed, view);
	api_stream_source(view->stream, fill);
	return 0;
}

/* The pipeline of the request. */
static int find_served(struct serve *serve, const struct api_request *request, struct served **served, struct api_answer *answer)
{
	int error = ops_find_served(serve, request, served, answer);

	return error == 0 && *served == NULL ? ops_not_served(answer) : error;
}

int ops_logs(void *owner, const struct api_request *request, const struct api_log_query *query, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct served *served;
	struct log_view *view;
	struct err err;
	int error = find_served(serve, request, &served, answer);

	if (error != 0)
		return error;
	if (view_new(&view, serve, served->id, query, &err) != 0)
		return answer_unavailable(answer, "memory", 1, "%s", err.message);
	if (query->follow)
		log_file_follow(&served->log, &view->reader);
	answer->stream = view->stream;
	answer->content_type = query->events ? "text/event-stream" : "text/plain; charset=utf-8";
	return 0;
}

/* It is kept nowhere, but that somebody did it is. */
static int audit_level(struct serve *serve, const struct api_request *request, const char *level, struct api_answer *answer)
{
	struct store_change change;
	char detail[32];
	struct err err;
	int error;

	ops_change(request, &change);
	snprintf(detail, sizeof(detail), level != NULL ? "{\"level\":\"%s\"}" : "{\"level\":null}", level);
	change.detail = detail;
	error = store_audit_add(serve->store, &change, request->tenant, "pipeline.log_level", request->name, &err);
	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

static int show_level(const struct served *served, struct api_answer *answer)
{
	answer->body = json_pack("{ss?}", "level", served->log_level);
	return 0;
}

int ops_log_level_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct served *served;
	int error = find_served(owner, request, &served, answer);

	return error == 0 ? show_level(served, answer) : error;
}

int ops_log_level(void *owner, const struct api_request *request, const char *level, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct served *served;
	int error = find_served(serve, request, &served, answer);

	if (error == 0)
		error = audit_level(serve, request, level, answer);
	if (error != 0)
		return error;
	/* of a fixed name: the request's text ends with it */
	served->log_level = level != NULL ? log_level_name((enum log_level)log_level_parse(level)) : NULL;
	pipeline_set_log_level(served->pipeline, served->log_level);
	return show_level(served, answer);
}

/* ---- lines ---- */

/* Our own lines have no owner, but the pipeline's name in front: there is one supervisor in a process. */
static struct serve *own_serve;

void logs_line(struct fleet *fleet, const struct pipeline *pipeline, const char *line)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	struct served *served = served_find(serve, pipeline_id(pipeline));

	if (served != NULL)
		log_file_add(&served->log, serve->logs_fd, served->id, line);
}

/* "TIME LEVEL sluiced TENANT/NAME: …" */
static void take_own_line(const char *line)
{
	const char *word = line;

	for (int i = 0; i < 3 && word != NULL; i++) {
		word = strchr(word, ' ');
		word = word != NULL ? word + 1 : NULL;
	}
	for (size_t i = 0; word != NULL && i < own_serve->served_count; i++) {
		struct served *served = own_serve->served[i];
		size_t tenant = strlen(served->tenant), name = strlen(served->name);

		if (strncmp(word, served->tenant, tenant) != 0 || word[tenant] != '/' ||
			strncmp(word + tenant + 1, served->name, name) != 0 || word[tenant + 1 + name] != ':')
			continue;
		log_file_add(&served->log, own_serve->logs_fd, served->id, line);
		return;
	}
}

int logs_init(struct serve *serve, struct err *err)
{
	int error = log_folder_open(store_dirfd(serve->store), store_path(serve->store), &serve->logs_fd, err);

	if (error != 0)
		return error;
	own_serve = serve;
	log_set_tee(take_own_line);
	serve->fleet.pipeline_line = logs_line;
	return 0;
}

void logs_fini(struct serve *serve)
{
	log_set_tee(NULL);
	own_serve = NULL;
	if (serve->logs_fd > 0)
		close(serve->logs_fd);
	serve->logs_fd = -1;
}
