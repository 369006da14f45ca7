#include "supervisor/shell_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void put(char *text, size_t size, const char *bytes, size_t length)
{
	size_t used = strlen(text);

	if (used + length + 1 > size)
		length = size - used - 1;
	memcpy(text + used, bytes, length);
	text[used + length] = '\0';
}

static bool is_plain(const char *word)
{
	for (const char *next = word; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && strchr("-_./:,+@%=", *next) == NULL)
			return false;
	}
	return word[0] != '\0' && word[0] != '-';
}

void shell_word(char *text, size_t size, const char *word)
{
	if (is_plain(word)) {
		put(text, size, word, strlen(word));
		return;
	}
	/* what begins with a dash is no option behind ./ */
	if (word[0] == '-')
		put(text, size, "./", 2);
	put(text, size, "'", 1);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			put(text, size, "'\\''", 4);
		else
			put(text, size, word, 1);
	}
	put(text, size, "'", 1);
}

void shell_command(char *text, size_t size, const char *data_dir, char *const *files, size_t count)
{
	text[0] = '\0';
	shell_word(text, size, program_invocation_name);
	put(text, size, " run --data-dir ", 16);
	shell_word(text, size, data_dir);
	for (size_t i = 0; i < count; i++) {
		put(text, size, " ", 1);
		shell_word(text, size, files[i]);
	}
}
