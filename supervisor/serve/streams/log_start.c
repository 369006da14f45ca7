#include "supervisor/serve/streams/log_start.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "supervisor/serve/streams/log_files.h"

enum { STAMP_LENGTH = CLOCK_TEXT_SIZE - 1 };

/* Both files, one behind the other. */
static int read_all(const int fds[2], struct buffer *text, size_t *first_length, struct err *err)
{
	*first_length = 0;
	for (int i = 0; i < 2; i++) {
		struct stat status;
		ssize_t length = 0;

		if (i == 1)
			*first_length = text->length;
		if (fds[i] < 0 || fstat(fds[i], &status) != 0 || status.st_size == 0)
			continue;
		if (buffer_reserve(text, (size_t)status.st_size) != 0)
			return err_set(err, ERR_LIMIT, "the log is too large");
		length = pread(fds[i], text->bytes + text->length, (size_t)status.st_size, 0);
		if (length < 0)
			return err_sys(err, errno, "reading the log");
		text->length += (size_t)length;
	}
	return 0;
}

static bool is_old(const char *line, size_t left, const char *stamp)
{
	return left < STAMP_LENGTH || !isdigit((unsigned char)line[0]) || memcmp(line, stamp, STAMP_LENGTH) < 0;
}

static size_t skip_old(const struct buffer *text, int64_t since_ms)
{
	char stamp[CLOCK_TEXT_SIZE];
	size_t at = 0;

	if (since_ms <= 0)
		return 0;
	clock_text(since_ms, stamp);
	while (at < text->length && is_old(text->bytes + at, text->length - at, stamp)) {
		const char *end = memchr(text->bytes + at, '\n', text->length - at);

		at = end != NULL ? (size_t)(end - text->bytes) + 1 : text->length;
	}
	return at;
}

/* The beginning of the last `tail` lines, not before `from`. */
static size_t skip_to_tail(const struct buffer *text, size_t from, unsigned tail)
{
	size_t at = text->length;

	while (tail-- > 0 && at > from) {
		const char *end = at - 1 > from ? memrchr(text->bytes + from, '\n', at - 1 - from) : NULL;

		at = end != NULL ? (size_t)(end - text->bytes) + 1 : from;
	}
	return at;
}

int log_start_find(const int fds[2], unsigned tail, int64_t since_ms, off_t offsets[2], struct err *err)
{
	struct buffer text;
	size_t first_length, at = 0;
	int error;

	/* a file may be longer by its last line */
	buffer_init(&text, 2 * LOG_FILE_BYTES + 64 * 1024);
	error = read_all(fds, &text, &first_length, err);
	if (error == 0)
		at = skip_to_tail(&text, skip_old(&text, since_ms), tail);
	offsets[0] = (off_t)(at < first_length ? at : first_length);
	offsets[1] = (off_t)(at > first_length ? at - first_length : 0);
	buffer_fini(&text);
	return error;
}
