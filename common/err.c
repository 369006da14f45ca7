#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	err->code = code;
	err->system = 0;
	err->line = 0;
	err->column = 0;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

static int code_of_errno(int system)
{
	switch (system) {
	case ENOSPC:
	case EDQUOT:
		return ERR_NO_SPACE;
	case ENOMEM:
		return ERR_NO_MEMORY;
	case ENOENT:
		return ERR_NOT_FOUND;
	default:
		return ERR_IO;
	}
}

int err_sys(struct err *err, int system, const char *format, ...)
{
	int code = code_of_errno(system);
	char reason[128];
	va_list args;
	size_t used;

	if (err == NULL)
		return code;
	err_set(err, code, "%s", "");
	err->system = system;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s",
		strerror_r(system, reason, sizeof(reason)));
	return code;
}

int err_prefix(struct err *err, const char *format, ...)
{
	char old[ERR_MESSAGE_SIZE];
	va_list args;
	size_t used;

	if (err == NULL)
		return ERR_INVALID;
	memcpy(old, err->message, sizeof(old));
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", old);
	return err->code;
}

const char *err_name(int code)
{
	static const char *const names[] = {
		"none", "no_memory", "io", "no_space", "invalid", "config", "limit", "corrupt", "again", "closed",
		"denied", "busy", "not_found", "protocol", "tls", "lapped", "unsupported", "timeout",
	};
	unsigned index = code <= 0 ? (unsigned)-code : ~0u;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "unknown";
}
