#include "supervisor/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/text.h"
#include "common/json_parse.h"

static const char variable[] = "SLUICE_HANDOVER";

struct handover {
	json_t *root;
	int *fds;                     /* that go over, or have come and were not taken; owned array */
	size_t count;
	bool taking;                  /* what is not taken is closed at the end */
	bool taken;                   /* something was */
	bool failed;                  /* something is missing in it */
};

int handover_new(struct handover **out, struct err *err)
{
	struct handover *handover = calloc(1, sizeof(*handover));

	*out = handover;
	if (handover != NULL)
		handover->root = json_pack("{si si}", "format", HANDOVER_FORMAT, "process", (int)getpid());
	if (handover != NULL && handover->root != NULL)
		return 0;
	handover_free(out);
	return err_set(err, ERR_NO_MEMORY, "no memory for a handover");
}

void handover_free(struct handover **out)
{
	struct handover *handover = *out;

	if (handover == NULL)
		return;
	*out = NULL;
	for (size_t i = 0; i < handover->count && handover->taking; i++)
		close(handover->fds[i]);
	json_decref(handover->root);
	free(handover->fds);
	free(handover);
}

/* There are sessions of browsers in it. */
static void forget(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

json_t *handover_root(const struct handover *handover)
{
	return handover->root;
}

/* ---- giving ---- */

json_t *handover_put(struct handover *handover, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) == 0)
		return value;
	handover->failed = true;
	return NULL;
}

void handover_append(struct handover *handover, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0)
		handover->failed = true;
}

void handover_put_text(struct handover *handover, json_t *object, const char *name, const char *text)
{
	char *clean = text != NULL ? strdup(text) : NULL;

	if (text == NULL)
		return;
	if (clean != NULL)
		text_make_utf8(clean);
	handover_put(handover, object, name, clean != NULL ? json_string(clean) : NULL);
	free(clean);
}

static json_int_t number_of(const char *bytes, size_t size)
{
	int32_t narrow;
	int64_t wide;

	if (size == sizeof(narrow)) {
		memcpy(&narrow, bytes, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, bytes, sizeof(wide));
	return wide;
}

void handover_put_fields(struct handover *handover, json_t *object, const struct handover_field *fields, const void *from)
{
	for (const struct handover_field *field = fields; field->name != NULL; field++) {
		const char *bytes = (const char *)from + field->offset;

		if (field->kind == HANDOVER_TEXT)
			handover_put_text(handover, object, field->name, bytes);
		else if (field->kind == HANDOVER_BOOL)
			handover_put(handover, object, field->name, json_boolean(*(const bool *)bytes));
		else
			handover_put(handover, object, field->name, json_integer(number_of(bytes, field->size)));
	}
}

void handover_put_list(struct handover *handover, json_t *object, const char *name, const struct handover_field *fields,
	const void *items, size_t count, size_t size)
{
	json_t *list = handover_put(handover, object, name, json_array());

	for (size_t i = 0; i < count && !handover->failed; i++) {
		json_t *item = json_object();

		handover_put_fields(handover, item, fields, (const char *)items + i * size);
		handover_append(handover, list, item);
	}
}

void handover_put_fd(struct handover *handover, json_t *object, const char *name, int fd)
{
	int *larger;

	if (fd < 0)
		return;
	larger = realloc(handover->fds, (handover->count + 1) * sizeof(*larger));
	if (larger == NULL) {
		handover->failed = true;
		return;
	}
	handover->fds = larger;
	handover->fds[handover->count++] = fd;
	handover_put(handover, object, name, json_integer(fd));
}

void handover_put_timer(struct handover *handover, json_t *object, const char *name, const struct loop_timer *timer)
{
	if (timer->position != 0)
		handover_put(handover, object, name, json_integer(timer->due_ns));
}

/* ---- executing ---- */

static void set_close_on_exec(const struct handover *handover, bool close_on_exec)
{
	for (size_t i = 0; i < handover->count; i++)
		fcntl(handover->fds[i], F_SETFD, close_on_exec ? FD_CLOEXEC : 0);
}

static void put_list_of_fds(struct handover *handover)
{
	json_t *list = handover_put(handover, handover->root, "descriptors", json_array());

	for (size_t i = 0; i < handover->count && !handover->failed; i++)
		handover_append(handover, list, json_integer(handover->fds[i]));
}

static int write_out(const char *text, size_t length, int *fd, struct err *err)
{
	*fd = memfd_create("sluice-handover", MFD_CLOEXEC);
	if (*fd < 0)
		return err_sys(err, errno, "making memory for a handover");
	while (length > 0) {
		ssize_t written = write(*fd, text, length);

		if (written < 0 && errno != EINTR)
			return err_sys(err, errno, "writing a handover");
		text += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

/* All of it, into memory that has no name. */
static int keep(struct handover *handover, int *fd, struct err *err)
{
	char *text = NULL;
	int error;

	*fd = -1;
	put_list_of_fds(handover);
	if (!handover->failed)
		text = json_dumps(handover->root, JSON_COMPACT);
	error = text != NULL ? write_out(text, strlen(text), fd, err) : err_set(err, ERR_NO_MEMORY, "no memory for a handover");
	forget(text);
	return error;
}

int handover_execute(struct handover *handover, const char *program, char *const *arguments, struct err *err)
{
	char value[16];
	int fd, error = keep(handover, &fd, err);

	if (error == 0) {
		snprintf(value, sizeof(value), "%d", fd);
		setenv(variable, value, 1);
		set_close_on_exec(handover, false);
		fcntl(fd, F_SETFD, 0);
		execv(program, arguments);
		error = err_sys(err, errno, "executing %s", program);
		set_close_on_exec(handover, true);
		unsetenv(variable);
	}
	if (fd >= 0)
		close(fd);
	return error;
}

/* ---- taking ---- */

static int read_in(int fd, char **text, struct err *err)
{
	struct stat status;
	size_t used = 0, length;

	*text = NULL;
	if (fstat(fd, &status) != 0)
		return err_sys(err, errno, "what was handed over");
	length = (size_t)status.st_size;
	*text = malloc(length + 1);
	if (*text == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a handover");
	while (used < length) {
		ssize_t got = pread(fd, *text + used, length - used, (off_t)used);

		if (got <= 0)
			return err_sys(err, got < 0 ? errno : EIO, "reading what was handed over");
		used += (size_t)got;
	}
	(*text)[length] = '\0';
	return 0;
}

/* They are this image's now, and nobody else's. */
static int take_list_of_fds(struct handover *handover, struct err *err)
{
	const json_t *list = json_object_get(handover->root, "descriptors");

	handover->count = json_array_size(list);
	handover->fds = calloc(handover->count + 1, sizeof(*handover->fds));
	if (handover->fds == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a handover");
	for (size_t i = 0; i < handover->count; i++)
		handover->fds[i] = (int)json_integer_value(json_array_get(list, i));
	set_close_on_exec(handover, true);
	handover->taking = true;
	return 0;
}

static int parse(struct handover *handover, int fd, struct err *err)
{
	json_error_t mistake;
	char *text;
	int error = read_in(fd, &text, err);

	if (error == 0) {
		handover->root = json_parse_text(text, 0, &mistake);
		if (handover->root == NULL)
			error = err_set(err, ERR_CORRUPT, "what was handed over is damaged: %s", mistake.text);
	}
	forget(text);
	if (error == 0 && (json_integer_value(json_object_get(handover->root, "format")) != HANDOVER_FORMAT ||
		json_integer_value(json_object_get(handover->root, "process")) != getpid()))
		error = err_set(err, ERR_UNSUPPORTED, "what was handed over is not of this process, or in another format");
	return error == 0 ? take_list_of_fds(handover, err) : error;
}

int handover_receive(struct handover **out, struct err *err)
{
	const char *value = getenv(variable);
	struct handover *handover;
	int fd = value != NULL ? (int)strtol(value, NULL, 10) : -1, error;

	*out = NULL;
	unsetenv(variable);
	if (fd <= STDERR_FILENO)
		return 0;
	handover = calloc(1, sizeof(*handover));
	error = handover != NULL ? parse(handover, fd, err) : err_set(err, ERR_NO_MEMORY, "no memory for a handover");
	close(fd);
	if (error != 0) {
		/* children see their control channel end, and do what they do when a supervisor dies */
		close_range(STDERR_FILENO + 1, ~0u, 0);
		handover_free(&handover);
	}
	*out = handover;
	return error;
}

/* Its place; NULL: it was not handed over, or was taken before. */
static int *find_fd(const struct handover *handover, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	for (size_t i = 0; i < handover->count && json_is_integer(value); i++) {
		if (handover->fds[i] == (int)json_integer_value(value))
			return &handover->fds[i];
	}
	return NULL;
}

int handover_take_fd(struct handover *handover, const json_t *object, const char *name)
{
	int *place = find_fd(handover, object, name);
	int fd = place != NULL ? *place : -1;

	if (place != NULL)
		*place = handover->fds[--handover->count];
	handover->taken = handover->taken || place != NULL;
	return fd;
}

int handover_copy_fd(const struct handover *handover, const json_t *object, const char *name)
{
	const int *place = find_fd(handover, object, name);

	return place != NULL ? fcntl(*place, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
}

/* ---- back ---- */

const char *handover_returned(const struct handover *handover)
{
	return handover_text(handover->root, "returned");
}

int handover_return(struct handover *handover, const char *reason, char *const *arguments, struct err *err)
{
	const int *program = find_fd(handover, handover->root, "program");
	char path[32];

	if (handover->taken || program == NULL || handover_returned(handover)[0] != '\0')
		return err_set(err, ERR_UNSUPPORTED, "there is no way back to the program before");
	handover_put_text(handover, handover->root, "returned", reason);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *program);
	return handover_execute(handover, path, arguments, err);
}
