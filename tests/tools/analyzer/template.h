/* From one recorded message to a template. */
#ifndef SLUICE_ANALYZER_TEMPLATE_H
#define SLUICE_ANALYZER_TEMPLATE_H

#include "tests/tools/analyzer/recording.h"

/* Numbers distinct flow UUIDs, in order of appearance. */
struct flow_names {
	uint64_t *hashes;     /* open addressing; owned */
	uint32_t *numbers;
	size_t size;          /* a power of two */
	uint32_t count;
};

void flow_names_fini(struct flow_names *names);

/* Fills message from a line. ERR_NO_MEMORY; a line that is no envelope becomes a message without flows or namespace. */
int template_make(struct message *message, const char *line, size_t length, const struct recording_style *style,
	struct flow_names *names, struct err *err);
void template_fini(struct message *message);

#endif
