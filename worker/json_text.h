/* Transformations of JSON text: strings as Go's encoder writes them, and indentation. */
#ifndef SLUICE_WORKER_JSON_TEXT_H
#define SLUICE_WORKER_JSON_TEXT_H

#include <stddef.h>

#include "common/buffer.h"

/* The largest growth of a string in json_put_as_go and json_put_text, in bytes a byte. */
enum { JSON_GO_GROWTH = 6 };

/* Writes the string whose undecoded text (what stands between its quotes) is given as Go's encoding/json would write its
 * value: <, >, &, U+2028 and U+2029 escaped, everything else in its shortest form. `to` has room for JSON_GO_GROWTH *
 * length bytes. Returns the place behind it. */
char *json_put_as_go(char *to, const char *text, size_t length);

/* Writes a text, each byte of it as it is, as the inside of a JSON string in the same form; what is no UTF-8 becomes
 * U+FFFD. Room and result as json_put_as_go. */
char *json_put_text(char *to, const char *text, size_t length);

/* Writes the value, UTF-8, of the string whose undecoded text is given; what is none becomes U+FFFD. `to` has room for
 * 3 * length bytes. Returns the place behind it. */
char *json_take_text(char *to, const char *text, size_t length);

/* Appends a JSON text with one tab an indent, `depth` deep on every line but the first, as Go's json.MarshalIndent does;
 * white space outside of strings is replaced. The text is valid JSON (of the decoder); if it is not, the result is not
 * either, but bounded. 0, ERR_LIMIT, ERR_NO_MEMORY. */
int json_indent(struct buffer *out, const char *text, size_t length, unsigned depth);

#endif
