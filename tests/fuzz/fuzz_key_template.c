/* Any text as a layout of keys: its pieces are all of it, and the key that it comes to, if any, keeps its bounds and holds
 * no brace that was not a prefix's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/key_template.h"
#include "common/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pieces(const char *layout)
{
	const char *at = layout, *before = layout;
	struct key_piece piece;

	while (key_piece_next(&at, &piece)) {
		size_t braces = piece.kind == KEY_TEXT || piece.kind == KEY_BROKEN ? 0 : 2;

		if (at <= before || (size_t)(at - before) != piece.length + braces || piece.text < before)
			abort();
		before = at;
	}
	if (*at != '\0')
		abort();
}

static void check_key(const char *layout)
{
	const struct key_parts parts = { .prefix = "/a/", .host_id = "..", .tag = "internal", .ending = ".json.gz",
		.cut_ms = 1795425117000, .number = UINT32_MAX };
	char *key = malloc(KEY_SIZE), *again = malloc(KEY_SIZE);
	int error = key_template_expand(layout, &parts, key);

	if (error != 0 && error != ERR_LIMIT && error != ERR_INVALID)
		abort();
	if (error == 0 && (memchr(key, '\0', KEY_SIZE) == NULL || strpbrk(key, "{}") != NULL ||
		key_template_expand(layout, &parts, again) != 0 || strcmp(key, again) != 0))
		abort();
	free(key);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *encoded = malloc(3 * size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	check_pieces(text);
	check_key(text);
	key_encode(text, encoded);
	if (strpbrk(encoded, "{}/ ") != NULL)
		abort();
	free(text);
	free(encoded);
	return 0;
}
