/* What happened, as JSON lines: to stdout for whoever waits for it, and with what was written to the log file. */
#ifndef SLUICE_ANALYZER_HISTORY_H
#define SLUICE_ANALYZER_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"

/* Serials completely handed to one connection's socket, since the last line about it. */
struct written {
	struct buffer ranges;         /* "[from,to]," … of the closed ranges */
	uint64_t from, to;            /* the open range, both inclusive */
	uint64_t count;               /* flows in the open range; 0: none */
	uint64_t messages, flows, bytes;      /* of the connection's whole life */
	bool changed;
};

struct history;

/* path: the log file, made anew; NULL: none. */
int history_open(struct history **history, const char *path, struct err *err);
void history_free(struct history **history);

/* Writes one line {"event":"NAME"MEMBERS}; members (printf) begin with a comma. To stdout and the log. */
void history_event(struct history *history, const char *name, const char *members, ...)
	__attribute__((format(printf, 3, 4)));

void written_init(struct written *written);
void written_fini(struct written *written);
/* Takes note of the serials from, from + 1, … (count of them). */
void written_add(struct written *written, uint64_t from, uint64_t count);
/* Writes the line {"event":"written","connection":ID,…} to the log alone, when there is something new. */
void history_written(struct history *history, unsigned connection, struct written *written);
/* Text as the inside of a JSON string; the result is valid until the next call. */
const char *history_escape(const char *text);

#endif
