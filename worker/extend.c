#include "worker/extend.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/extend_template.h"
#include "worker/batch.h"
#include "worker/extend_value.h"
#include "worker/json_write.h"

/* A text of the query, or a value that stands between two of them. */
struct piece {
	const char *text;             /* NULL: the field's value */
	size_t length;
	enum extend_field field;
	bool quoted;
};

struct entry {
	const char *name;
	size_t name_length;
	struct piece *pieces;         /* owned */
	size_t count;
};

struct extend {
	struct entry *entries;        /* in the order of their names */
	size_t count;
	bool sfe;
	struct buffer query;
};

/* ---- making ---- */

static int in_order(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
	int order = memcmp(a->name, b->name, shorter);

	return order != 0 ? order : (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

static int add_piece(struct entry *entry, const struct extend_piece *piece, struct err *err)
{
	if (piece->kind != EXTEND_TEXT && piece->kind != EXTEND_FIELD)
		return err_set(err, ERR_CONFIG, "pipeline.transform.secadvisor.extend: %.*s: a broken template",
			(int)entry->name_length, entry->name);
	entry->pieces[entry->count++] = (struct piece){ .text = piece->kind == EXTEND_TEXT ? piece->text : NULL,
		.length = piece->length, .field = piece->field, .quoted = piece->quoted };
	return 0;
}

static int make_entry(struct entry *entry, const char *text, struct err *err)
{
	struct extend_reading count = { 0 }, reading;
	struct extend_piece piece;
	size_t pieces = 1;
	int error = 0;

	entry->name = text;
	entry->name_length = strcspn(text, "=");
	count.at = text + entry->name_length + (text[entry->name_length] == '=');
	reading = count;
	while (extend_piece_next(&count, &piece))
		pieces++;
	entry->pieces = calloc(pieces, sizeof(*entry->pieces));
	if (entry->pieces == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the queries of extend");
	while (error == 0 && extend_piece_next(&reading, &piece))
		error = add_piece(entry, &piece, err);
	return error;
}

int extend_new(struct extend **extend, const struct pipeline_config *config, struct err *err)
{
	const struct text_list *list = &config->transform.extend;
	int error = 0;

	*extend = NULL;
	if (list->count == 0)
		return 0;
	*extend = calloc(1, sizeof(**extend));
	if (*extend != NULL)
		(*extend)->entries = calloc(list->count, sizeof(*(*extend)->entries));
	if (*extend == NULL || (*extend)->entries == NULL) {
		extend_free(extend);
		return err_set(err, ERR_NO_MEMORY, "no memory for the entries of extend");
	}
	(*extend)->sfe = config->compat == COMPAT_SFE;
	buffer_init(&(*extend)->query, EXTEND_QUERY_MAX);
	for (size_t i = 0; error == 0 && i < list->count; i++)
		error = make_entry(&(*extend)->entries[(*extend)->count++], list->items[i], err);
	if (error != 0)
		extend_free(extend);
	else
		qsort((*extend)->entries, (*extend)->count, sizeof(*(*extend)->entries), in_order);
	return error;
}

void extend_free(struct extend **extend)
{
	struct extend *old = *extend;

	*extend = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->count; i++)
		free(old->entries[i].pieces);
	free(old->entries);
	buffer_fini(&old->query);
	free(old);
}

/* ---- asking ---- */

/* The query of a record. False: there is none, for want of a field, or because a value cannot stand in one. */
static bool make_query(struct buffer *out, const struct entry *entry, const struct extend_source *source)
{
	out->length = 0;
	for (size_t i = 0; i < entry->count; i++) {
		const struct piece *piece = &entry->pieces[i];

		if (piece->text != NULL ? buffer_append(out, piece->text, piece->length) != 0 :
			!extend_put_value(out, piece->field, piece->quoted, source))
			return false;
	}
	return true;
}

/* What the exporter writes where there is no answer, or another than a string. */
static const char *value_for_sfe(enum topology_state state, const char *value)
{
	return state == TOPOLOGY_FOUND && value[0] == '"' ? value : "\"\"";
}

int extend_ask(struct extend *extend, struct topology *topology, const struct batch *batch, const struct flow *flow,
	struct secadvisor_detail *detail, unsigned states)
{
	const struct extend_source source = { .batch = batch, .flow = flow, .detail = detail,
		.empty_texts = extend->sfe && (states & 1u << TOPOLOGY_ASKED) == 0 };
	const char **values = arena_calloc(batch->arena, extend->count, sizeof(*values));

	if (values == NULL)
		return -1;
	detail->extend = extend;
	detail->values = values;
	for (size_t i = 0; i < extend->count; i++) {
		const char *value = NULL;
		enum topology_state state;

		if (!make_query(&extend->query, &extend->entries[i], &source))
			continue;
		state = topology_value(topology, extend->query.bytes, extend->query.length, batch->now_ns, &value);
		states |= 1u << state;
		values[i] = extend->sfe ? value_for_sfe(state, value) : state == TOPOLOGY_FOUND ? value : NULL;
	}
	return (int)states;
}

/* ---- writing ---- */

#define OPENING "\"Extend\":{"

size_t extend_bound(const struct extend *extend, const char *const *values)
{
	size_t bound = sizeof(OPENING "},");

	for (size_t i = 0; extend != NULL && i < extend->count; i++)
		bound += values[i] != NULL ? extend->entries[i].name_length + strlen(values[i]) + sizeof("\"\":,") : 0;
	return bound;
}

char *extend_put(const struct extend *extend, const char *const *values, char *to)
{
	bool any = false;

	for (size_t i = 0; extend != NULL && i < extend->count; i++) {
		if (values[i] == NULL)
			continue;
		to = any ? json_put_literal(to, "\"") : json_put_literal(to, OPENING "\"");
		to = json_put(to, extend->entries[i].name, extend->entries[i].name_length);
		to = json_put_literal(to, "\":");
		to = json_put(to, values[i], strlen(values[i]));
		*to++ = ',';
		any = true;
	}
	if (!any)
		return to;
	to[-1] = '}';
	*to++ = ',';
	return to;
}
