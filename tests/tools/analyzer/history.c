#include "tests/tools/analyzer/history.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"

enum { RANGES_CAP = 64 << 20, ESCAPED_SIZE = 2048 };

struct history {
	FILE *log;            /* NULL: none */
};

int history_open(struct history **history, const char *path, struct err *err)
{
	*history = calloc(1, sizeof(**history));
	if (*history == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	if (path == NULL)
		return 0;
	(*history)->log = fopen(path, "we");
	if ((*history)->log == NULL)
		return err_sys(err, errno, "%s", path);
	return 0;
}

void history_free(struct history **history)
{
	if (*history == NULL)
		return;
	if ((*history)->log != NULL)
		fclose((*history)->log);
	free(*history);
	*history = NULL;
}

static void put_event(FILE *file, const char *name, const char *members, va_list args)
{
	if (file == NULL)
		return;
	fprintf(file, "{\"event\":\"%s\",\"t_ms\":%lld", name, (long long)clock_wall_ms());
	vfprintf(file, members, args);
	fputs("}\n", file);
	fflush(file);
}

void history_event(struct history *history, const char *name, const char *members, ...)
{
	va_list args;

	va_start(args, members);
	put_event(stdout, name, members, args);
	va_end(args);
	va_start(args, members);
	put_event(history->log, name, members, args);
	va_end(args);
}

void written_init(struct written *written)
{
	*written = (struct written){ 0 };
	buffer_init(&written->ranges, RANGES_CAP);
}

void written_fini(struct written *written)
{
	buffer_fini(&written->ranges);
}

static void close_range(struct written *written)
{
	if (written->count > 0)
		buffer_printf(&written->ranges, "[%llu,%llu],", (unsigned long long)written->from,
			(unsigned long long)written->to);
	written->count = 0;
}

void written_add(struct written *written, uint64_t from, uint64_t count)
{
	if (count == 0)
		return;
	if (written->count > 0 && written->to + 1 != from)
		close_range(written);
	if (written->count == 0)
		written->from = from;
	written->to = from + count - 1;
	written->count += count;
	written->flows += count;
	written->changed = true;
}

void history_written(struct history *history, unsigned connection, struct written *written)
{
	if (history->log == NULL || !written->changed)
		return;
	close_range(written);
	if (written->ranges.length > 0)
		written->ranges.length--;             /* the last comma */
	fprintf(history->log, "{\"event\":\"written\",\"connection\":%u,\"messages\":%llu,\"flows\":%llu,\"bytes\":%llu,"
			      "\"ranges\":[%.*s]}\n",
		connection, (unsigned long long)written->messages, (unsigned long long)written->flows,
		(unsigned long long)written->bytes, (int)written->ranges.length,
		written->ranges.bytes != NULL ? written->ranges.bytes : "");
	fflush(history->log);
	written->ranges.length = 0;
	written->changed = false;
}

const char *history_escape(const char *text)
{
	static char escaped[ESCAPED_SIZE];
	size_t used = 0;

	for (; *text != '\0' && used < sizeof(escaped) - 8; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < 0x20 || byte >= 0x7f)
			used += (size_t)snprintf(escaped + used, sizeof(escaped) - used, "\\u%04x", byte);
		else if (byte == '"' || byte == '\\')
			used += (size_t)snprintf(escaped + used, sizeof(escaped) - used, "\\%c", byte);
		else
			escaped[used++] = (char)byte;
	}
	escaped[used] = '\0';
	return escaped;
}
