#include "worker/key.h"

#include "common/config/key_template.h"
#include "worker/object.h"

_Static_assert((int)OBJECT_KEY_SIZE == (int)KEY_SIZE, "an object's head has room for any key");

int key_make(const struct spool_format *format, unsigned lane, const struct commit_entry *entry, char *key,
	struct err *err)
{
	const struct key_parts parts = { .prefix = format->prefix, .host_id = format->host_id, .tag = flow_tag_names[lane],
		.ending = format->ending, .stream_ms = entry->stream_ms, .cut_ms = entry->last_ms,
		.number = entry->stream_number };
	int error = key_template_expand(format->key_layout, &parts, key);

	if (error == ERR_LIMIT)
		return err_set(err, error, "key of more than %d bytes: filename_prefix or key_template is too long",
			OBJECT_KEY_SIZE - 1);
	return error == 0 ? 0 : err_set(err, error, "key_template is no layout of keys");
}
