#include "worker/wrapper.h"

#include <string.h>

#include "common/clock.h"
#include "common/commit_record.h"
#include "worker/json_write.h"

static int fill_place(struct buffer *out, char place, const struct commit_entry *entry, bool lossy)
{
	char text[CLOCK_SECOND_LENGTH + JSON_INTEGER_SIZE];
	const char *end;

	if (place == WRAPPER_STATE[0])
		return buffer_append_text(out, lossy ? "skip data" : "ok");
	if (place == WRAPPER_RECORDS[0])
		end = json_put_unsigned(text, entry->records);
	else
		end = clock_put_second(text, place == WRAPPER_FIRST[0] ? entry->first_ms : entry->last_ms);
	return buffer_append(out, text, (size_t)(end - text));
}

int wrapper_fill(struct buffer *out, const char *text, const struct commit_entry *entry, bool lossy)
{
	static const char places[] = WRAPPER_FIRST WRAPPER_LAST WRAPPER_RECORDS WRAPPER_STATE;
	int error = buffer_reserve(out, 1);   /* never NULL, not for an empty text either */

	while (*text != '\0' && error == 0) {
		size_t length = strcspn(text, places);

		error = buffer_append(out, text, length);
		text += length;
		if (*text != '\0' && error == 0)
			error = fill_place(out, *text++, entry, lossy);
	}
	return error;
}
