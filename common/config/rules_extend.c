/* Rules for secadvisor's extend: each mistake with its place inside the entry. */
#include <string.h>

#include "common/config/extend_template.h"
#include "common/config/load.h"

#define EXTEND "pipeline.transform.secadvisor.extend"

struct entry {
	struct config *config;
	size_t index;
	const char *text;
	size_t name_length;           /* up to the = */
	const struct node *node;      /* NULL: from the environment */
	const char *raw;              /* where it begins in the document */
};

/* at: in the entry's text. */
static void report(const struct entry *entry, const char *at, enum config_severity severity, const char *suggestion,
	const char *what, const char *message)
{
	struct config *config = entry->config;
	struct problem problem = { severity, "value", NULL, 0, 0, suggestion };
	char path[NODE_PATH_SIZE];

	if (entry->node == NULL) {
		config_report(config, EXTEND, severity, "value", suggestion, "%s%s", what, message);
		return;
	}
	node_path(entry->node, path);
	problem.path = path;
	config_place(entry->node, entry->raw, (size_t)(at - entry->text), &problem.line, &problem.column);
	problem_add(&config->problems, &problem, "%s%s", what, message);
}

static void refuse(const struct entry *entry, const char *at, const char *what, const char *message)
{
	report(entry, at, CONFIG_ERROR, NULL, what, message);
}

/* ---- NAME ---- */

static void check_twice(const struct entry *entry)
{
	const struct text_list *list = &entry->config->pipeline.transform.extend;
	char quote[PROBLEM_QUOTE_SIZE];

	for (size_t i = 0; i < entry->index; i++) {
		if (strncmp(list->items[i], entry->text, entry->name_length + 1) != 0)
			continue;
		refuse(entry, entry->text, problem_quote(quote, entry->text, entry->name_length), " is there twice");
		return;
	}
}

static void check_name(const struct entry *entry)
{
	char quote[PROBLEM_QUOTE_SIZE];
	size_t length = 0;

	while (length < entry->name_length && extend_is_name_byte(entry->text[length]))
		length++;
	problem_quote(quote, entry->text, entry->name_length);
	if (entry->name_length == 0)
		refuse(entry, entry->text, "", "a name is missing before the =");
	else if (length < entry->name_length)
		refuse(entry, entry->text + length, quote, ": a name has letters, digits and _ . - alone");
	else if (length > EXTEND_NAME_MAX)
		refuse(entry, entry->text, quote, ": a name has at most 64 bytes");
	else
		check_twice(entry);
}

/* ---- the query ---- */

/* {{Network.A}} was meant to be {{.Network.A}}. */
static const char *nearest_field(const struct entry *entry, const struct extend_piece *piece)
{
	char *name = arena_alloc(&entry->config->arena, piece->length + 2);
	size_t dot = *piece->text != '.';

	if (name == NULL) {
		entry->config->problems.no_memory = true;
		return NULL;
	}
	name[0] = '.';
	memcpy(name + dot, piece->text, piece->length);
	name[piece->length + dot] = '\0';
	return config_nearest(name, extend_field_names);
}

static void refuse_piece(const struct entry *entry, const struct extend_piece *piece)
{
	char quote[PROBLEM_QUOTE_SIZE];

	problem_quote(quote, piece->text, piece->length);
	if (piece->kind == EXTEND_BROKEN)
		refuse(entry, piece->text, *piece->text == '{' ? "{{ without its }}" : "}} without its {{", "");
	else if (piece->kind == EXTEND_UNKNOWN)
		report(entry, piece->text, CONFIG_ERROR, nearest_field(entry, piece), quote, " is no field of the record");
	else if (piece->kind == EXTEND_SECTION)
		refuse(entry, piece->text, quote, " has fields of its own: one of them is to be named, with all that leads to it");
	else
		refuse(entry, piece->text, quote, ": only a field of the record, such as {{.Network.A}}, can stand in braces");
}

static void check_query(const struct entry *entry)
{
	struct extend_reading reading = { .at = entry->text + entry->name_length + 1 };
	struct extend_piece piece;

	if (*reading.at == '\0') {
		refuse(entry, reading.at, "", "a query is missing behind the =");
		return;
	}
	while (extend_piece_next(&reading, &piece) && !problems_full(&entry->config->problems)) {
		if (piece.kind == EXTEND_TEXT)
			continue;
		if (piece.kind != EXTEND_FIELD)
			refuse_piece(entry, &piece);
		else if (!piece.quoted && !extend_field_is_number(piece.field))
			report(entry, piece.text, CONFIG_WARNING, NULL, extend_field_names[piece.field], ": a text stands in quotes");
	}
}

/* ---- the whole ---- */

static void check_entry(struct entry *entry)
{
	const char *equals = strchr(entry->text, '=');
	char quote[PROBLEM_QUOTE_SIZE];

	if (equals == NULL) {
		refuse(entry, entry->text, problem_quote(quote, entry->text, strlen(entry->text)), " has no =: expected NAME=query");
		return;
	}
	entry->name_length = (size_t)(equals - entry->text);
	check_name(entry);
	check_query(entry);
}

void config_check_extend(struct config *config)
{
	static const struct option_when secadvisor = { "pipeline.transform.type", "secadvisor" };
	const struct text_list *list = &config->pipeline.transform.extend;

	if (config_holds(config, &secadvisor) != CONFIG_YES)
		return;
	if (list->count > EXTEND_ENTRIES_MAX)
		config_report(config, EXTEND, CONFIG_ERROR, "range", NULL, "has %zu entries: at most %d", list->count,
			EXTEND_ENTRIES_MAX);
	for (size_t i = 0; i < list->count && i < EXTEND_ENTRIES_MAX && !problems_full(&config->problems); i++) {
		struct entry entry = { .config = config, .index = i, .text = list->items[i] };

		entry.node = config_item(config, EXTEND, entry.text);
		entry.raw = entry.node != NULL ? config_raw(config, entry.node) : NULL;
		check_entry(&entry);
	}
}
