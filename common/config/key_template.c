#include "common/config/key_template.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/err.h"

#define USUAL "{prefix}/{tag}/{stream}/{seq}"

const char *const key_placeholders[] = { "prefix", "tag", "stream", "seq", "host_id", "yyyy", "mm", "dd", "HH", "MM", "SS",
	"gz", "ending", NULL };
_Static_assert(sizeof(key_placeholders) / sizeof(*key_placeholders) == KEY_NAME - KEY_PREFIX + 1, "one for each kind");

static enum key_piece_kind kind_of(const char *name, size_t length)
{
	for (int i = 0; key_placeholders[i] != NULL; i++) {
		if (strlen(key_placeholders[i]) == length && memcmp(key_placeholders[i], name, length) == 0)
			return (enum key_piece_kind)(KEY_PREFIX + i);
	}
	return KEY_NAME;
}

bool key_piece_next(const char **at, struct key_piece *piece)
{
	const char *text = *at;
	size_t length = strcspn(text, "{}");

	if (*text == '\0')
		return false;
	if (length > 0) {
		*piece = (struct key_piece){ KEY_TEXT, text, length };
		*at = text + length;
		return true;
	}
	length = strcspn(text + 1, "{}");
	if (*text == '{' && text[1 + length] == '}') {
		*piece = (struct key_piece){ kind_of(text + 1, length), text + 1, length };
		*at = text + length + 2;
	} else {
		*piece = (struct key_piece){ KEY_BROKEN, text, 1 };
		*at = text + 1;
	}
	return true;
}

/* ---- writing a key ---- */

struct key_writer {
	const struct key_parts *parts;
	char *key;
	size_t length;                /* of what it would be without a limit */
	char stream[CLOCK_STAMP_SIZE], cut[CLOCK_STAMP_SIZE];
	bool has_ending;
	bool skips_slash;             /* the prefix before it is empty */
};

static void put(struct key_writer *writer, const char *text, size_t length)
{
	if (length > 0 && writer->skips_slash && *text == '/') {
		text++;
		length--;
		writer->skips_slash = false;
	}
	writer->skips_slash = writer->skips_slash && length == 0;
	if (writer->length + length < KEY_SIZE)
		memcpy(writer->key + writer->length, text, length);
	writer->length += length;
}

static void put_text(struct key_writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

static void put_prefix(struct key_writer *writer)
{
	const char *prefix = writer->parts->prefix + strspn(writer->parts->prefix, "/");
	size_t length = strlen(prefix);

	while (length > 0 && prefix[length - 1] == '/')
		length--;
	put(writer, prefix, length);
	writer->skips_slash = length == 0;
}

static void put_host_id(struct key_writer *writer)
{
	const char *host_id = writer->parts->host_id;
	char encoded[3 * KEY_SIZE + 1];

	if (strlen(host_id) >= KEY_SIZE) {
		writer->length = KEY_SIZE;
		return;
	}
	key_encode(host_id[0] != '\0' ? host_id : "-", encoded);
	put_text(writer, encoded);
}

/* The part of a stamp, as clock_stamp writes it. */
static void put_time(struct key_writer *writer, enum key_piece_kind kind)
{
	static const struct { uint8_t at, length; } places[] = { { 0, 4 }, { 4, 2 }, { 6, 2 }, { 9, 2 }, { 11, 2 }, { 13, 2 } };

	put(writer, writer->cut + places[kind - KEY_YEAR].at, places[kind - KEY_YEAR].length);
}

static void put_end(struct key_writer *writer, bool whole)
{
	const char *ending = writer->parts->ending;
	size_t length = strlen(ending);
	bool gz = length >= 3 && strcmp(ending + length - 3, ".gz") == 0;

	writer->has_ending = true;
	/* one that is no file's, such as a trial's, always stands */
	put_text(writer, whole || ending[0] != '.' ? ending : gz ? ".gz" : "");
}

static int put_piece(struct key_writer *writer, const struct key_piece *piece)
{
	char number[16];

	switch (piece->kind) {
	case KEY_TEXT:
		put(writer, piece->text, piece->length);
		return 0;
	case KEY_PREFIX:
		put_prefix(writer);
		return 0;
	case KEY_TAG:
		put_text(writer, writer->parts->tag);
		return 0;
	case KEY_STREAM:
		put_text(writer, writer->stream);
		return 0;
	case KEY_SEQ:
		snprintf(number, sizeof(number), "%08u", writer->parts->number);
		put_text(writer, number);
		return 0;
	case KEY_HOST_ID:
		put_host_id(writer);
		return 0;
	case KEY_GZ:
	case KEY_ENDING:
		put_end(writer, piece->kind == KEY_ENDING);
		return 0;
	case KEY_YEAR:
	case KEY_MONTH:
	case KEY_DAY:
	case KEY_HOUR:
	case KEY_MINUTE:
	case KEY_SECOND:
		put_time(writer, piece->kind);
		return 0;
	default:
		return ERR_INVALID;
	}
}

static const char *or_usual(const char *layout)
{
	return layout[0] != '\0' ? layout : USUAL;
}

int key_template_expand(const char *layout, const struct key_parts *parts, char key[static KEY_SIZE])
{
	struct key_writer writer = { .parts = parts, .key = key };
	const char *at = or_usual(layout);
	struct key_piece piece;
	int error = 0;

	clock_stamp(parts->stream_ms, writer.stream);
	clock_stamp(parts->cut_ms, writer.cut);
	while (error == 0 && key_piece_next(&at, &piece))
		error = put_piece(&writer, &piece);
	if (error != 0)
		return error;
	if (!writer.has_ending)
		put_end(&writer, true);
	if (writer.length >= KEY_SIZE)
		return ERR_LIMIT;
	key[writer.length] = '\0';
	return 0;
}

/* What is the same in each key of a pipeline. */
static bool is_fixed(enum key_piece_kind kind)
{
	return kind == KEY_TEXT || kind == KEY_PREFIX || kind == KEY_HOST_ID;
}

int key_template_folder(const char *layout, const struct key_parts *parts, char folder[static KEY_SIZE])
{
	struct key_writer writer = { .parts = parts, .key = folder };
	const char *at = or_usual(layout);
	struct key_piece piece;

	while (key_piece_next(&at, &piece) && is_fixed(piece.kind))
		put_piece(&writer, &piece);
	if (writer.length >= KEY_SIZE)
		return ERR_LIMIT;
	folder[writer.length] = '\0';
	/* a folder's name that goes on with what varies is none of them */
	*(strrchr(folder, '/') != NULL ? strrchr(folder, '/') : folder) = '\0';
	return 0;
}

void key_encode(const char *value, char *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (; *value != '\0'; value++) {
		if (strchr(plain, *value) != NULL)
			*out++ = *value;
		else
			out += snprintf(out, 4, "%%%02X", (unsigned)(unsigned char)*value);
	}
	*out = '\0';
}
