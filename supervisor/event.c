#include "supervisor/event.h"

#include <jansson.h>

#include "common/log.h"

void event_log(const char *subject, const char *payload, size_t length)
{
	const char *severity = "info", *code = "", *message = "";
	json_t *event = json_loadb(payload, length, 0, NULL);
	int level;

	if (event != NULL && json_unpack(event, "{s?s ss ss}", "severity", &severity, "code", &code, "message", &message) == 0) {
		level = log_level_parse(severity);
		log_line(level < 0 ? LOG_INFO : (enum log_level)level, "%s: %s event=%s", subject, message, code);
	}
	json_decref(event);
}
