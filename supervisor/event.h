/* Events that children raise: for now, lines of the log. */
#ifndef SLUICE_SUPERVISOR_EVENT_H
#define SLUICE_SUPERVISOR_EVENT_H

#include <stddef.h>

/* Logs an IPC_EVENT payload of `subject` (a pipeline's name or an analyzer's URL). */
void event_log(const char *subject, const char *payload, size_t length);

#endif
