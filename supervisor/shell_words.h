/* A command that a person can copy into a shell. */
#ifndef SLUICE_SUPERVISOR_SHELL_WORDS_H
#define SLUICE_SUPERVISOR_SHELL_WORDS_H

#include <stddef.h>

/* "sluiced run --data-dir DIR FILE…", this program as it was called, words quoted where they must be. Cut when it does
 * not fit. */
void shell_command(char *text, size_t size, const char *data_dir, char *const *files, size_t count);

/* Appends a word, quoted where it must be. */
void shell_word(char *text, size_t size, const char *word);

#endif
