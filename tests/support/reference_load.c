#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference_decode.h"

/* Replaces the number that ends at `end` by 0.0 between spaces, so that it joins no neighbour: one that jansson cannot
 * hold has at least five characters. */
static bool number_patch(char *text, size_t end)
{
	size_t start = end;

	while (start > 0 && strchr("0123456789+-.eE", text[start - 1]) != NULL) {
		start--;
		if (text[start] == '-' && (start == 0 || (text[start - 1] | 0x20) != 'e'))
			break;        /* a sign begins the number, unless it is the exponent's */
	}
	if (end - start < 5)
		return false;
	memset(text + start, ' ', end - start);
	memcpy(text + start + 1, "0.0", 3);
	return true;
}

/* Makes the last \u0000 before `end` a \u0001: no known key holds either. */
static bool key_patch(char *text, size_t end)
{
	while (end-- > 5) {
		if (memcmp(text + end - 5, "\\u0000", 6) == 0) {
			text[end] = '1';
			return true;
		}
	}
	return false;
}

json_t *reference_load(const char *text, size_t length)
{
	char *copy = malloc(length + 1);
	json_t *root = NULL;
	json_error_t error;
	bool again = copy != NULL && memchr(text, 0, length) == NULL;

	if (copy != NULL)
		memcpy(copy, text, length);
	while (again) {
		root = json_loadb(copy, length, JSON_ALLOW_NUL, &error);
		again = false;
		if (root == NULL && json_error_code(&error) == json_error_numeric_overflow)
			again = number_patch(copy, (size_t)error.position);
		else if (root == NULL && json_error_code(&error) == json_error_null_byte_in_key)
			again = key_patch(copy, (size_t)error.position);
	}
	free(copy);
	return root;
}
