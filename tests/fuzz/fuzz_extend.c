/* Any text as a query of extend: its pieces are all of it, in order. And as a value in a query: it begins and ends no string
 * there, as Skydive reads them, and outside of strings it is nothing but a name or a number. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/extend_template.h"
#include "worker/batch.h"
#include "worker/extend_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pieces(const char *query)
{
	struct extend_reading reading = { .at = query };
	const char *before = query;
	struct extend_piece piece;

	while (extend_piece_next(&reading, &piece)) {
		if (reading.at <= before || piece.text < before || piece.text + piece.length > reading.at ||
			(piece.kind == EXTEND_FIELD && strlen(extend_field_names[piece.field]) != piece.length))
			abort();
		before = reading.at;
	}
	if (*reading.at != '\0')
		abort();
}

/* One value, put where `quoted` says: nothing in it may change what is a string and what is not. */
static void check_value(const char *text, size_t length, bool quoted)
{
	const struct flow flow = { .present = UINT32_MAX, .uuid = { 0, (uint32_t)length, 1 } };
	const struct batch batch = { .text = text };
	const struct secadvisor_detail detail = { .node_type = "a\\u0027" };
	const struct extend_source source = { &batch, &flow, &detail, true };
	struct buffer out;

	buffer_init(&out, EXTEND_QUERY_MAX);
	if (extend_put_value(&out, EXTEND_UUID, quoted, &source)) {
		for (size_t i = 0; i < out.length; i++)
			if ((unsigned char)out.bytes[i] < 0x20 || strchr("'\"\\\x7f", out.bytes[i]) != NULL ||
				(!quoted && strchr("()[], {}", out.bytes[i]) != NULL))
				abort();
	}
	out.length = 0;
	if (extend_put_value(&out, EXTEND_NODE_TYPE, true, &source))
		abort();
	buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	check_pieces(text);
	check_value(text, size, true);
	check_value(text, size, false);
	free(text);
	return 0;
}
