#include "worker/account_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_parse.h"

/* Of the exporter's records. */
static const char version[] = "1.1.0";

int account_text_write(const struct account_figures *figures, struct buffer *out)
{
	return buffer_printf(out, "{\n \"version\": \"%s\",\n \"accumulate-start\": %" PRId64 ",\n \"accumulate-end\": %" PRId64
		",\n \"accumulate-bytes\": %" PRId64 ",\n \"current-start\": %" PRId64 ",\n \"current-end\": %" PRId64
		",\n \"current-bytes\": %" PRId64 "\n}", version, figures->start_ms, figures->end_ms, figures->bytes,
		figures->last_start_ms, figures->last_end_ms, figures->last_bytes);
}

static bool take(const json_t *root, const char *name, int64_t *number)
{
	const json_t *value = json_object_get(root, name);

	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= 0;
}

int account_text_read(struct account_figures *figures, const char *text, size_t length, struct err *err)
{
	json_t *root = json_parse(text, length, 0, NULL);
	const char *says = json_string_value(json_object_get(root, "version"));
	bool right = says != NULL && strcmp(says, version) == 0 && take(root, "accumulate-start", &figures->start_ms) &&
		take(root, "accumulate-end", &figures->end_ms) && take(root, "accumulate-bytes", &figures->bytes) &&
		take(root, "current-start", &figures->last_start_ms) && take(root, "current-end", &figures->last_end_ms) &&
		take(root, "current-bytes", &figures->last_bytes);

	json_decref(root);
	if (!right || figures->start_ms > figures->end_ms || figures->last_start_ms > figures->last_end_ms)
		return err_set(err, ERR_CORRUPT, "it is no account of version %s", version);
	return 0;
}

int account_base_write(const struct account_base *base, struct buffer *out)
{
	json_t *object = json_pack("{ss sI sI sI sb}", "file", base->path, "bytes", (json_int_t)base->bytes, "written",
		(json_int_t)base->written, "start_ms", (json_int_t)base->start_ms, "made", (int)base->made);
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	int error = text != NULL ? buffer_append_text(out, text) : ERR_NO_MEMORY;

	free(text);
	json_decref(object);
	return error;
}

int account_base_read(struct account_base *base, const char *text, size_t length, struct err *err)
{
	json_t *root = json_parse(text, length, 0, NULL);
	json_int_t bytes, written, start_ms;
	const char *path;
	int made;
	bool right = json_unpack(root, "{ss sI sI sI sb}", "file", &path, "bytes", &bytes, "written", &written, "start_ms",
		&start_ms, "made", &made) == 0 && bytes >= 0 && written >= 0 && start_ms >= 0;

	*base = (struct account_base){ 0 };
	if (right)
		*base = (struct account_base){ .path = strdup(path), .bytes = bytes, .written = (uint64_t)written,
			.start_ms = start_ms, .made = made != 0 };
	json_decref(root);
	if (!right)
		return err_set(err, ERR_CORRUPT, "it is none of this version");
	return base->path != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for an account");
}

void account_base_fini(struct account_base *base)
{
	free(base->path);
	*base = (struct account_base){ 0 };
}
