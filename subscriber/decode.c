#include "subscriber/decode.h"

#include <stdlib.h>

#include "subscriber/decode_members.h"

enum { DEPTH_OBJ = 2, TEXT_MAX = 0x7fffffff };

int decoder_new(struct decoder **result, uint32_t flows_max, struct err *err)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	*result = NULL;
	if (decoder == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a decoder");
	decoder->flows_max = flows_max;
	field_index_init(&decoder->index);
	memcpy(decoder->first, decoder->index.first, sizeof(decoder->first));
	for (unsigned number = 0; number < FIELDS_ALL; number++)
		decoder->next[number] = decoder->first[fields[number].group];
	*result = decoder;
	return 0;
}

void decoder_free(struct decoder **decoder)
{
	if (*decoder == NULL)
		return;
	free((*decoder)->columns);
	free((*decoder)->flows);
	free(*decoder);
	*decoder = NULL;
}

/* Whether a text's value is `word`, or begins with it when `prefix`. word: less than 16 bytes. */
static bool text_is(const struct scan *scan, const struct text_ref *ref, const char *word, bool prefix)
{
	const char *text = scan->text + ref->offset;
	size_t length = ref->length, wanted = strlen(word);
	char value[16];

	if (ref->escaped) {
		length = scan_unescape(text, length, value, sizeof(value));
		text = value;
	}
	return (prefix ? length >= wanted : length == wanted) && memcmp(text, word, wanted) == 0;
}

/* By what has been read of the envelope so far. */
static enum decoded_kind message_kind(const struct decoder *decoder)
{
	const struct scan *scan = &decoder->scan;
	const struct text_ref *namespace = &decoder->envelope.namespace, *type = &decoder->envelope.type;

	if (text_is(scan, type, "store", false) &&
	    (text_is(scan, namespace, "flow", false) || text_is(scan, namespace, "flow/", true)))
		return DECODED_FLOWS;
	if (text_is(scan, type, "stats", false) && text_is(scan, namespace, "stats", false))
		return DECODED_STATS;
	return DECODED_IGNORED;
}

const char *list_decode(struct decoder *decoder, const char *at)
{
	decoder->envelope.obj = at;
	if (*at != '[' || message_kind(decoder) != DECODED_FLOWS)
		return scan_skip(&decoder->scan, at, DEPTH_OBJ);
	decoder->flows_at = at;
	return flows_decode(decoder, at + 1);
}

static const char *envelope_decode(struct decoder *decoder, size_t length)
{
	struct scan *scan = &decoder->scan;
	const char *at = scan_space(scan->text);

	if (*at != '{')
		return scan_fault(scan, at, ERR_INVALID, "'{' expected");
	at = members_decode(decoder, at + 1, GROUP_ENVELOPE, &decoder->envelope);
	if (at == NULL)
		return NULL;
	at = scan_space(at);
	if (at != scan->text + length)
		return scan_fault(scan, at, ERR_INVALID, "end of text expected");
	if (decoder->bad != 0)
		return scan_fault(scan, scan->text, ERR_INVALID, "Namespace or Type is no string");
	return at;
}

/* Obj came before Namespace and Type, or more than once: it is valid JSON by now, but may not have been decoded. */
static bool flows_take(struct decoder *decoder, struct decoded *out)
{
	const char *obj = decoder->envelope.obj;

	if (obj == NULL || *obj == 'n')
		return true;
	if (*obj != '[') {
		scan_fault(&decoder->scan, obj, ERR_INVALID, "Obj is no list of flows");
		return false;
	}
	if (decoder->flows_at != obj && flows_decode(decoder, obj + 1) == NULL)
		return false;
	out->columns = decoder->columns;
	out->flows = decoder->flows;
	out->count = decoder->count;
	out->malformed = decoder->malformed;
	return true;
}

static bool stats_take(struct decoder *decoder, struct decoded *out)
{
	struct scan *scan = &decoder->scan;
	const char *obj = decoder->envelope.obj;
	struct stats stats = { 0 };

	if (obj == NULL || *obj != '{') {
		scan_fault(scan, obj != NULL ? obj : scan->text, ERR_INVALID, "Obj is no object of statistics");
		return false;
	}
	members_decode(decoder, obj + 1, GROUP_STATS, &stats);
	if (decoder->bad != 0 || stats.flow_dropped < 0 || stats.kernel_flow_dropped < 0 || stats.packets_dropped < 0) {
		scan_fault(scan, obj, ERR_INVALID, "statistics of a wrong type or below zero");
		return false;
	}
	out->drops.capture = flow_capture_hash(scan->text + stats.capture_id.offset, stats.capture_id.length);
	out->drops.flow_dropped = (uint64_t)stats.flow_dropped;
	out->drops.kernel_flow_dropped = (uint64_t)stats.kernel_flow_dropped;
	out->drops.packets_dropped = (uint64_t)stats.packets_dropped;
	return true;
}

static bool message_decode(struct decoder *decoder, size_t length, struct decoded *out)
{
	if (length > TEXT_MAX) {
		scan_fault(&decoder->scan, decoder->scan.text, ERR_LIMIT, "message larger than 2 GiB");
		return false;
	}
	if (envelope_decode(decoder, length) == NULL)
		return false;
	out->kind = message_kind(decoder);
	out->namespace = decoder->envelope.namespace;
	if (out->kind == DECODED_FLOWS)
		return flows_take(decoder, out);
	return out->kind != DECODED_STATS || stats_take(decoder, out);
}

int decoder_message(struct decoder *decoder, const char *text, size_t length, struct decoded *out, struct err *err)
{
	struct scan *scan = &decoder->scan;

	*scan = (struct scan){ .text = text };
	memset(out, 0, sizeof(*out));
	memset(&decoder->envelope, 0, sizeof(decoder->envelope));
	decoder->flows_at = NULL;
	decoder->bad = 0;
	if (message_decode(decoder, length, out))
		return 0;
	memset(out, 0, sizeof(*out));
	return err_set(err, scan->code, "byte %td: %s", scan->fault - text, scan->reason);
}
