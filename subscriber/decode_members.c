#include "subscriber/decode_members.h"

/* Depth of a group's members; the message itself has 1. */
static const uint8_t member_depth[GROUP_COUNT] = {
	[GROUP_ENVELOPE] = 2, [GROUP_STATS] = 3, [GROUP_FLOW] = 4, [GROUP_LINK] = 5, [GROUP_NETWORK] = 5, [GROUP_ICMP] = 5,
	[GROUP_TRANSPORT] = 5, [GROUP_LAST_UPDATE] = 5, [GROUP_METRIC] = 5, [GROUP_TCP_METRIC] = 5,
};

/* Longer than every known name, so that a name that fills it is none of them. */
enum { NAME_SIZE = FIELD_KEY_SIZE };

static void *record_at(void *record, unsigned offset)
{
	return (char *)record + offset;
}

static uint8_t protocol_number(const char *name, size_t length)
{
	static const struct {
		char name[12];
		uint8_t length, number;
	} protocols[] = {
		{ "TCP", 3, PROTOCOL_TCP }, { "UDP", 3, PROTOCOL_UDP }, { "IPV4", 4, PROTOCOL_IPV4 },
		{ "IPV6", 4, PROTOCOL_IPV6 }, { "ETHERNET", 8, PROTOCOL_ETHERNET }, { "SCTP", 4, PROTOCOL_SCTP },
	};

	for (unsigned i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (protocols[i].length == length && memcmp(protocols[i].name, name, length) == 0)
			return protocols[i].number;
	}
	return PROTOCOL_UNKNOWN;
}

static uint8_t protocol_of(const struct scan *scan, struct text_ref ref)
{
	const char *text = scan->text + ref.offset;
	char name[NAME_SIZE];

	if (likely(!ref.escaped))
		return protocol_number(text, ref.length);
	return protocol_number(name, scan_unescape(text, ref.length, name, sizeof(name)));
}

static unsigned field_number(const struct field *field)
{
	return (unsigned)(field - fields);
}

/* The field itself, and all members of a layer. */
static uint64_t field_bits(const struct decoder *decoder, const struct field *field)
{
	uint64_t bits = field_number(field) < FIELDS_HELD ? UINT64_C(1) << field_number(field) : 0;

	return field->kind == FIELD_LAYER ? bits | decoder->index.held[field->layer] : bits;
}

/* As if the field had not been there: it comes a second time, or is null. */
static void field_clear(const struct decoder *decoder, const struct field *field, void *record)
{
	switch ((enum field_kind)field->kind) {
	case FIELD_PROTOCOL:
		memset(record_at(record, field->number_offset), 0, sizeof(uint8_t));
		/* fall through */
	case FIELD_TEXT:
		memset(record_at(record, field->offset), 0, sizeof(struct text_ref));
		break;
	case FIELD_FLAGGED:
		((struct flow *)record)->present &= ~field->present;
		/* fall through */
	case FIELD_INTEGER:
		memset(record_at(record, field->offset), 0, sizeof(int64_t));
		break;
	case FIELD_LAYER:
		((struct flow *)record)->present &= ~field->present;
		if (field->offset != 0)
			memset(record_at(record, field->offset), 0, sizeof(struct text_ref));
		for (uint64_t held = decoder->index.held[field->layer]; held != 0; held &= held - 1)
			field_clear(decoder, &fields[__builtin_ctzll(held)], record);
		break;
	case FIELD_LIST:
	case FIELD_OTHER:
		break;
	}
}

static void integer_put(const struct field *field, void *record, int64_t value)
{
	memcpy(record_at(record, field->offset), &value, sizeof(value));
	if (field->kind == FIELD_FLAGGED)
		((struct flow *)record)->present |= field->present;
}

/* A value that a held field does not usually have: null, a long number, a wrong type. */
static const char *value_unusual(struct decoder *decoder, const char *at, const struct field *field, void *record)
{
	struct scan *scan = &decoder->scan;
	bool number = *at == '-' || (*at >= '0' && *at <= '9');
	bool null = memcmp(at, "null", 4) == 0;
	bool integer = false;
	int64_t value = 0;

	field_clear(decoder, field, record);
	if (number)
		at = scan_number(scan, at, &value, &integer);
	else
		at = scan_skip(scan, at, member_depth[field->group]);
	if (integer && (field->kind == FIELD_INTEGER || field->kind == FIELD_FLAGGED))
		integer_put(field, record, value);
	else if (!null)
		decoder->bad |= UINT64_C(1) << field_number(field);
	return at;
}

static const char *layer_decode(struct decoder *decoder, const char *at, const struct field *field, struct flow *flow)
{
	const char *start = at;

	if (unlikely(flow->present & field->present))
		field_clear(decoder, field, flow);
	at = members_decode(decoder, at + 1, field->layer, flow);
	if (at == NULL)
		return NULL;
	flow->present |= field->present;
	if (field->offset != 0)
		*(struct text_ref *)record_at(flow, field->offset) = scan_ref(&decoder->scan, start, at, false);
	return at;
}

static const char *value_decode(struct decoder *decoder, const char *at, const struct field *field, void *record)
{
	struct scan *scan = &decoder->scan;
	struct text_ref *text;
	const char *next;
	int64_t value;

	if (unlikely(decoder->bad != 0))
		decoder->bad &= ~field_bits(decoder, field);
	switch ((enum field_kind)field->kind) {
	case FIELD_TEXT:
		if (unlikely(*at != '"'))
			break;
		return scan_string(scan, at + 1, record_at(record, field->offset));
	case FIELD_PROTOCOL:
		if (unlikely(*at != '"'))
			break;
		text = record_at(record, field->offset);
		at = scan_string(scan, at + 1, text);
		if (at != NULL)
			*(uint8_t *)record_at(record, field->number_offset) = protocol_of(scan, *text);
		return at;
	case FIELD_INTEGER:
	case FIELD_FLAGGED:
		next = scan_small_integer(at, &value);
		if (unlikely(next == NULL))
			break;
		integer_put(field, record, value);
		return next;
	case FIELD_LAYER:
		if (unlikely(*at != '{'))
			break;
		return layer_decode(decoder, at, field, record);
	case FIELD_LIST:
		return list_decode(decoder, at);
	case FIELD_OTHER:
		next = scan_small_integer(at, &value);
		return next != NULL ? next : scan_skip(scan, at, member_depth[field->group]);
	}
	return value_unusual(decoder, at, field, record);
}

/* A key that is not the expected one, up to behind its colon. A known field is expected here the next time. */
static const char *field_other(struct decoder *decoder, const char *at, enum group group, uint8_t *expected,
	const struct field **field)
{
	struct scan *scan = &decoder->scan;
	struct text_ref ref;
	char name[NAME_SIZE];

	at = scan_key(scan, at, &ref);
	if (at == NULL)
		return NULL;
	if (unlikely(ref.escaped))
		*field = field_find(&decoder->index, group, name,
			scan_unescape(scan->text + ref.offset, ref.length, name, sizeof(name)));
	else
		*field = field_find(&decoder->index, group, scan->text + ref.offset, ref.length);
	if (*field != NULL)
		*expected = (uint8_t)field_number(*field);
	else
		*field = &fields[FIELDS_KNOWN + group];
	return at;
}

const char *members_decode(struct decoder *decoder, const char *at, enum group group, void *record)
{
	uint8_t *expected = &decoder->first[group];

	at = scan_space(at);
	if (*at == '}')
		return at + 1;
	for (;;) {
		const struct field *field = &fields[*expected];

		if (likely(field_here(field, at)))
			at = scan_space(at + field->length);
		else
			at = field_other(decoder, at, group, expected, &field);
		if (unlikely(at == NULL))
			return NULL;
		at = value_decode(decoder, at, field, record);
		if (unlikely(at == NULL))
			return NULL;
		at = scan_space(at);
		if (*at != ',')
			break;
		at++;
		expected = &decoder->next[field_number(field)];
	}
	if (unlikely(*at != '}'))
		return scan_fault(&decoder->scan, at, ERR_INVALID, "',' or '}' expected");
	return at + 1;
}
