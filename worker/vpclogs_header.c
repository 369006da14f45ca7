#include "worker/vpclogs_header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/config/pipeline_config.h"
#include "worker/json_text.h"
#include "worker/wrapper.h"

enum { TEXT_CAP = 256 * 1024 };

/* What the name stands for: a text, JSON as it is, or the records. */
enum value { VALUE_TEXT, VALUE_JSON, VALUE_RECORDS };

struct member {
	const char *name, *value;
	enum value kind;
};

static const struct member computed[] = {
	{ "version", "0.0.1", VALUE_TEXT },
	{ "capture_start_time", "\"" WRAPPER_FIRST "\"", VALUE_JSON },
	{ "capture_end_time", "\"" WRAPPER_LAST "\"", VALUE_JSON },
	{ "number_of_flow_logs", WRAPPER_RECORDS, VALUE_JSON },
	{ "state", "\"" WRAPPER_STATE "\"", VALUE_JSON },
	{ "flow_logs", "", VALUE_RECORDS },
};
enum { COMPUTED = sizeof(computed) / sizeof(*computed) };

struct writer {
	struct buffer *out;
	bool pretty, sfe;
	int error;
};

bool vpclogs_header_wanted(const struct pipeline_config *config)
{
	bool asked_for = config->storeheader.type == STOREHEADER_VPCLOGS;

	if (config->transform.type != TRANSFORM_VPCLOGS)
		return false;
	if (config->compat == COMPAT_SFE)
		return asked_for && config->store.type == STORE_BUFFERED;
	return asked_for || config->encode.type != ENCODE_SECADVISOR;
}

static void put(struct writer *writer, const char *text)
{
	if (writer->error == 0)
		writer->error = buffer_append_text(writer->out, text);
}

static void put_text(struct writer *writer, const char *text)
{
	struct buffer *out = writer->out;
	size_t length = strlen(text);

	put(writer, "\"");
	if (writer->error == 0)
		writer->error = buffer_reserve(out, JSON_GO_GROWTH * length);
	if (writer->error != 0)
		return;
	out->length = (size_t)(json_put_text(out->bytes + out->length, text, length) - out->bytes);
	put(writer, "\"");
}

/* Escapes have no capital letters, so that it makes no difference whether they are there already. */
static void put_name(struct writer *writer, const char *name)
{
	size_t from = writer->out->length;

	put_text(writer, name);
	for (size_t i = from; i < writer->out->length && writer->sfe; i++) {
		char *byte = &writer->out->bytes[i];

		if (*byte >= 'A' && *byte <= 'Z')
			*byte = (char)(*byte - 'A' + 'a');
	}
	put(writer, writer->pretty ? ": " : ":");
}

static void put_member(struct writer *writer, const struct member *member, bool first)
{
	put(writer, first ? "{" : ",");
	if (writer->pretty)
		put(writer, "\n\t");
	put_name(writer, member->name);
	if (member->kind == VALUE_TEXT)
		put_text(writer, member->value);
	else
		put(writer, member->kind == VALUE_JSON ? member->value : writer->pretty ? "[\n\t\t" : "[");
}

static int by_name(const void *one, const void *other)
{
	return strcasecmp(((const struct member *)one)->name, ((const struct member *)other)->name);
}

/* The members in their order; the caller frees. */
static struct member *members_of(const struct pipeline_config *config, size_t *count)
{
	const struct text_map *values = &config->storeheader.values;
	struct member *members = calloc(values->count + COMPUTED, sizeof(*members));

	*count = values->count + COMPUTED;
	if (members == NULL)
		return NULL;
	for (size_t i = 0; i < values->count; i++)
		members[i] = (struct member){ values->items[i].name, values->items[i].value, VALUE_TEXT };
	memcpy(members + values->count, computed, sizeof(computed));
	if (config->compat != COMPAT_SFE)
		return members;
	for (size_t i = values->count; i < *count; i++) {
		/* the exporter never said anything else */
		if (strcmp(members[i].name, "state") == 0)
			members[i].value = "\"skip data\"";
	}
	qsort(members, *count, sizeof(*members), by_name);
	return members;
}

/* Into `open` up to the records, what is left into `close`. */
static int write_members(struct vpclogs_header *header, const struct pipeline_config *config,
	const struct member *members, size_t count)
{
	struct writer writer = { &header->open, config->encode.pretty, config->compat == COMPAT_SFE, 0 };

	for (size_t i = 0; i < count; i++) {
		put_member(&writer, &members[i], i == 0);
		if (members[i].kind == VALUE_RECORDS) {
			writer.out = &header->close;
			put(&writer, writer.pretty ? "\n\t]" : "]");
		}
	}
	put(&writer, writer.pretty ? "\n}\n" : "}\n");
	if (writer.error == 0)
		writer.error = buffer_append(&header->open, "", 1);
	if (writer.error == 0)
		writer.error = buffer_append(&header->close, "", 1);
	return writer.error;
}

int vpclogs_header_make(struct vpclogs_header *header, const struct pipeline_config *config, struct err *err)
{
	size_t count;
	struct member *members = members_of(config, &count);
	int error = ERR_NO_MEMORY;

	buffer_init(&header->open, TEXT_CAP);
	buffer_init(&header->close, TEXT_CAP);
	if (members != NULL)
		error = write_members(header, config, members, count);
	free(members);
	if (error == ERR_LIMIT)
		return err_set(err, ERR_CONFIG, "pipeline.storeheader.vpclogs is too long");
	return error == 0 ? 0 : err_set(err, error, "no memory for the header object");
}

void vpclogs_header_fini(struct vpclogs_header *header)
{
	buffer_fini(&header->open);
	buffer_fini(&header->close);
}
