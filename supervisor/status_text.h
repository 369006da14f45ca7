/* The words of the status line: figures as text, and text cut into a terminal's lines. */
#ifndef SLUICE_SUPERVISOR_STATUS_TEXT_H
#define SLUICE_SUPERVISOR_STATUS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status_figures {
	uint64_t flows, records, objects, bytes;
	uint64_t waiting;             /* flows in spools and in stages' memory */
	uint64_t lag, lost, malformed;
	double rate;                  /* flows/s */
	bool mean;                    /* of the whole run */
};

/* width 0: everything, figures in full. Else large figures are shortened ("12.3M"), and of what does not fit into `width`
 * columns the least important is left out. */
void status_text(const struct status_figures *figures, unsigned width, char *text, size_t size);

/* Bytes of the text's first `width` columns, never within a character of UTF-8; a character counts as one column. */
size_t status_columns(const char *text, size_t width);
/* Appends text to block as at most `lines` lines of `width` columns, each ended by a newline; control characters become ?.
 * Returns how many lines it took. */
unsigned status_wrap(const char *text, unsigned width, unsigned lines, char *block, size_t size);

#endif
