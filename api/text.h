/* Small grammars of what clients send. */
#ifndef SLUICE_API_TEXT_H
#define SLUICE_API_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])? */
bool text_is_name(const char *text, size_t length);
/* A token's or revision's id: [a-zA-Z0-9_-]{1,39} */
bool text_is_id(const char *text, size_t length);
/* A file of the web UI: [a-zA-Z0-9_-][a-zA-Z0-9._-]{0,62} */
bool text_is_file_name(const char *text, size_t length);
/* UTF-8 as Unicode has it: no surrogates, nothing overlong. */
bool text_is_utf8(const char *text, size_t length);
/* Leaves out, in place, the bytes that belong to no character: a text may have been cut inside one. */
void text_make_utf8(char *text);
/* Has a byte below 0x20, or 0x7f. */
bool text_has_control(const char *text, size_t length);

/* Decodes %XX (and '+' as a blank with plus) in place and puts a NUL behind it; *length is updated. The result may hold
 * NULs. False when a '%' has not two hexadecimal digits behind it. text[*length] must be writable. */
bool text_decode(char *text, size_t *length, bool plus);

/* "10s", "500ms", "2m", "1h" → ms. False for anything else and beyond max_ms. */
bool text_duration(const char *text, int64_t max_ms, int64_t *ms);
/* "5/60s": a number, min … max, and a duration. */
bool text_rate(const char *text, uint64_t min, uint64_t max, int64_t max_ms, uint64_t *count, int64_t *ms);
/* Decimal digits only, min … max. */
bool text_count(const char *text, uint64_t min, uint64_t max, uint64_t *count);
/* "2026-11-24T10:00:00Z", with fraction or offset, years 1970 to 9999 → ms since the epoch. */
bool text_time(const char *text, int64_t *wall_ms);
enum { TEXT_TIME_SIZE = 32 };
/* The other way: "2026-11-24T10:00:00Z". */
void text_print_time(int64_t wall_ms, char out[static TEXT_TIME_SIZE]);

/* Whether who sends this Accept-Encoding takes gzip; NULL: it was not sent. */
bool text_takes_gzip(const char *accept_encoding);

/* base64url without padding, of length bytes into out[size]; false when it does not fit. */
bool text_encode64(const void *bytes, size_t length, char *out, size_t size);
/* Back; at most size bytes, *length are set. Only what text_encode64 makes is accepted. */
bool text_decode64(const char *text, void *bytes, size_t size, size_t *length);

/* As memcmp() == 0, in a time that does not tell where they differ. */
bool text_equal_secret(const void *left, const void *right, size_t length);

#endif
