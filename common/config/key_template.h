/* Layouts of objects' keys: text with placeholders in braces. What stands for them is fixed when an object is cut, so that
 * a key is the same however often it is made. */
#ifndef SLUICE_COMMON_CONFIG_KEY_TEMPLATE_H
#define SLUICE_COMMON_CONFIG_KEY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_piece_kind {
	KEY_TEXT,
	KEY_PREFIX,                   /* filename_prefix; with the slash behind it where it is empty */
	KEY_TAG, KEY_STREAM, KEY_SEQ, KEY_HOST_ID,
	KEY_YEAR, KEY_MONTH, KEY_DAY, KEY_HOUR, KEY_MINUTE, KEY_SECOND,       /* of the cut, UTC */
	KEY_GZ,                       /* ".gz" where the ending has it */
	KEY_ENDING,                   /* put behind everything where neither KEY_GZ nor this is there */
	KEY_NAME,                     /* another name: text is what stands between the braces */
	KEY_BROKEN,                   /* a brace without its other */
	KEY_PIECE_KINDS
};

struct key_piece {
	enum key_piece_kind kind;
	const char *text;             /* in the template */
	size_t length;
};

/* The piece at *at, which moves behind it. False: there is no more. */
bool key_piece_next(const char **at, struct key_piece *piece);
/* NULL-terminated, in the order of the kinds from KEY_PREFIX on. */
extern const char *const key_placeholders[];

struct key_parts {
	const char *prefix, *host_id, *tag, *ending;
	int64_t stream_ms, cut_ms;    /* wall clock */
	uint32_t number;
};

enum { KEY_SIZE = 1024 };             /* of a key, NUL included */

/* Into KEY_SIZE bytes, without a leading slash; "": the usual layout. ERR_LIMIT: longer than a key may be; ERR_INVALID:
 * the template has a piece that is none. */
int key_template_expand(const char *layout, const struct key_parts *parts, char key[static KEY_SIZE]);

/* The folders that all keys of this layout begin with, into KEY_SIZE bytes, without slashes at its ends; only prefix and
 * host_id of parts count. Pipelines whose keys could be the same have the same. ERR_LIMIT. */
int key_template_folder(const char *layout, const struct key_parts *parts, char folder[static KEY_SIZE]);

/* Percent-encodes all but A-Za-z0-9-_.~ into 3 * strlen(value) + 1 bytes: one part of a key, whatever the value. */
void key_encode(const char *value, char *out);

#endif
