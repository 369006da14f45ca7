#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum { LINE_SIZE = 1024, ENCODED_SIZE = 4096, SCOPE_SIZE = 128 };

static char log_component[SCOPE_SIZE] = "sluice";
static char log_scope[SCOPE_SIZE];
static void (*log_output)(const char *line, size_t length);
static void (*log_tee)(const char *line);
static size_t (*log_encoder)(const char *line, char *out, size_t size);
static atomic_int log_threshold = LOG_INFO;
static atomic_uint log_dropped;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_init(const char *component, const char *scope, enum log_level level)
{
	snprintf(log_component, sizeof(log_component), "%s", component);
	snprintf(log_scope, sizeof(log_scope), "%s", scope);
	log_set_level(level);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_threshold, (int)level, memory_order_relaxed);
}

void log_set_level_name(const char *name)
{
	int level = log_level_parse(name);

	if (level >= 0)
		log_set_level((enum log_level)level);
}

void log_set_output(void (*put)(const char *line, size_t length))
{
	log_output = put;
}

void log_set_tee(void (*also)(const char *line))
{
	log_tee = also;
}

void log_set_encoder(size_t (*encode)(const char *line, char *out, size_t size))
{
	log_encoder = encode;
}

int log_level_parse(const char *name)
{
	for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	}
	return -1;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

static size_t put_time(char *line, size_t size)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(clock_wall_ms(), text);
	return (size_t)snprintf(line, size, "%s ", text);
}

/* Control characters would let an analyzer's text forge lines or drive a terminal. */
static void escape_controls(char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
}

/* dropped: lines before it that this one tells of; they are untold again when it is lost itself. */
static void put_line(const char *line, size_t length, unsigned dropped)
{
	/* one write, so that lines of several processes do not mix (a pipe keeps up to 4 KiB together) */
	if (write(STDERR_FILENO, line, length) < 0)
		atomic_fetch_add_explicit(&log_dropped, dropped + 1, memory_order_relaxed);
}

static void tee(const char *line)
{
	void (*also)(const char *) = log_tee;

	if (also == NULL)
		return;
	log_tee = NULL;
	also(line);
	log_tee = also;
}

/* text: NUL-terminated, and room for a newline instead of that. */
static void deliver(char *text, size_t length, unsigned dropped)
{
	char encoded[ENCODED_SIZE];
	size_t size = log_encoder != NULL ? log_encoder(text, encoded, sizeof(encoded) - 1) : 0;
	char *line = size > 0 ? encoded : text;

	if (size == 0)
		size = length;
	line[size++] = '\n';
	if (log_output != NULL)
		log_output(line, size);
	else
		put_line(line, size, dropped);
}

void log_line(enum log_level level, const char *message, ...)
{
	char line[LINE_SIZE];
	unsigned dropped;
	size_t used;
	va_list args;
	int length;

	if ((int)level < atomic_load_explicit(&log_threshold, memory_order_relaxed))
		return;
	used = put_time(line, sizeof(line));
	used += (size_t)snprintf(line + used, sizeof(line) - used, "%s %s %s%s", level_names[level], log_component,
		log_scope, log_scope[0] ? " " : "");
	va_start(args, message);
	length = vsnprintf(line + used, sizeof(line) - used - 40, message, args);
	va_end(args);
	used += length < 0 ? 0 : strnlen(line + used, sizeof(line) - used - 40);
	dropped = atomic_exchange_explicit(&log_dropped, 0, memory_order_relaxed);
	if (dropped != 0)
		used += (size_t)snprintf(line + used, sizeof(line) - used, " dropped=%u", dropped);
	escape_controls(line, used);
	line[used] = '\0';
	tee(line);
	deliver(line, used, dropped);
}
