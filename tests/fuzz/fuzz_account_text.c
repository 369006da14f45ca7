/* An account file's text and its base: what is taken for one is written as a text that is taken for the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/account_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_figures(const struct account_figures *figures)
{
	struct account_figures again;
	struct buffer text;
	struct err err;

	buffer_init(&text, ACCOUNT_TEXT_MAX);
	if (account_text_write(figures, &text) != 0 || account_text_read(&again, text.bytes, text.length, &err) != 0 ||
		memcmp(&again, figures, sizeof(again)) != 0)
		abort();
	buffer_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account_figures figures;
	struct account_base base;
	struct err err;

	if (account_text_read(&figures, (const char *)data, size, &err) == 0)
		check_figures(&figures);
	if (account_base_read(&base, (const char *)data, size, &err) != 0 && base.path != NULL)
		abort();
	account_base_fini(&base);
	return 0;
}
