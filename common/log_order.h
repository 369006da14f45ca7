/* IPC_LOG_LEVEL, as every child takes it. */
#ifndef SLUICE_COMMON_LOG_ORDER_H
#define SLUICE_COMMON_LOG_ORDER_H

#include <jansson.h>
#include <stddef.h>

#include "common/log.h"

/* payload: {"level": "debug" …}; what is none is told and changes nothing. */
static inline void log_order(const char *payload, size_t length)
{
	json_t *object = json_loadb(payload, length, 0, NULL);
	const char *name = json_string_value(json_object_get(object, "level"));
	int level = name != NULL ? log_level_parse(name) : -1;

	if (level >= 0)
		log_set_level((enum log_level)level);
	else
		log_warn("a log level that is none");
	json_decref(object);
}

#endif
