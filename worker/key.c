#include "worker/key.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "worker/object.h"

int key_make(const struct spool_format *format, unsigned lane, int64_t stream_ms, uint32_t number, char *key,
	struct err *err)
{
	const char *prefix = format->prefix + strspn(format->prefix, "/");
	size_t length = strlen(prefix);
	char stamp[CLOCK_STAMP_SIZE];
	int size;

	while (length > 0 && prefix[length - 1] == '/')
		length--;
	clock_stamp(stream_ms, stamp);
	size = snprintf(key, OBJECT_KEY_SIZE, "%.*s%s%s/%s/%08u%s", (int)length, prefix, length > 0 ? "/" : "",
		flow_tag_names[lane], stamp, number, format->ending);
	if (size < 0 || size >= OBJECT_KEY_SIZE)
		return err_set(err, ERR_LIMIT, "key of more than %d bytes: filename_prefix is too long", OBJECT_KEY_SIZE - 1);
	return 0;
}
