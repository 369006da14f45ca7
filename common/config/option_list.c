/* Options that hold several values: each item has its own position and its own mistake. */
#include <stdio.h>
#include <string.h>

#include "common/config/address.h"
#include "common/config/option.h"
#include "common/config/pipeline_config.h"
#include "common/config/text.h"

static const char *const query_schemes[] = { "http", "https", NULL };

/* Where the items go; one member is in use, as the option's type says. */
struct list {
	const struct option_context *context;
	const struct option *option;
	void *place;
};

static bool read_flag(const struct list *list, const struct node *item, const char *text)
{
	const struct option_name *name = option_name_find(list->option->names, text);

	if (name != NULL) {
		*(uint32_t *)list->place |= 1u << name->value;
		return true;
	}
	option_name_refuse(list->context->problems, item, list->option->names,
		strchr(text, ',') != NULL ? "; names are separated by blanks, not commas" : "");
	return false;
}

/* What stands behind the prefix length has no meaning: somebody may have mistyped it. */
static void check_host_bits(const struct list *list, const struct node *item, const char *text,
	const struct prefix *prefix)
{
	char whole[PREFIX_TEXT_SIZE], masked[PREFIX_TEXT_SIZE];
	struct prefix address;

	snprintf(whole, sizeof(whole), "%.*s/%d", (int)strcspn(text, "/"), text, strchr(text, ':') != NULL ? 128 : 32);
	if (address_parse_prefix(whole, &address) != NULL ||
		memcmp(address.address, prefix->address, sizeof(address.address)) == 0)
		return;
	address_print_prefix(prefix, masked);
	warning_at(list->context->problems, item, "value", "bits are set behind the prefix length: taken as %s", masked);
}

static bool read_prefix(const struct list *list, const struct node *item, const char *text)
{
	struct prefix_list *prefixes = list->place;
	struct prefix prefix;
	char quote[PROBLEM_QUOTE_SIZE];
	char suggestion[PREFIX_TEXT_SIZE] = "";
	const char *wrong = address_parse_prefix(text, &prefix);

	if (wrong == NULL) {
		prefixes->items[prefixes->count++] = prefix;
		check_host_bits(list, item, text, &prefix);
		return true;
	}
	if (strcmp(wrong, "the prefix length is missing") == 0)
		snprintf(suggestion, sizeof(suggestion), "%s/%d", text, strchr(text, ':') != NULL ? 128 : 32);
	problem_at(list->context->problems, item, "value", suggestion, "%s: %s",
		problem_quote(quote, text, item->length), wrong);
	return false;
}

static bool read_address(const struct list *list, const struct node *item, const char *text)
{
	struct text_list *texts = list->place;
	struct address_parts parts;
	const char *wrong = strstr(text, "://") != NULL ? address_parse_url(text, query_schemes, &parts) :
		address_parse_host_port(text, &parts);

	if (wrong == NULL) {
		texts->items[texts->count++] = text;
		return true;
	}
	problem_at(list->context->problems, item, "value", NULL, "%s; expected host:port or a http:// or https:// URL",
		wrong);
	return false;
}

/* A value that is empty is none; the name must be a text like any other. */
static bool read_pair(const struct list *list, const struct node *item, const char *text)
{
	struct text_map *map = list->place;
	const char *bad = item->key_length > 0 ? text_bad_character(item->key, item->key_length) : "nothing";

	if (bad != NULL) {
		problem_at(list->context->problems, item, "value", NULL, "the name contains %s", bad);
		return false;
	}
	if (!node_is_empty(item))
		map->items[map->count++] = (struct text_pair){ item->key, text };
	return true;
}

static bool read_item(const struct list *list, const struct node *item)
{
	struct text_list *texts = list->place;
	const char *text = option_text(list->context, list->option, item, "a text");

	if (text == NULL)
		return false;
	if (list->option->type == OPTION_MAP)
		return read_pair(list, item, text);
	if (node_is_empty(item)) {
		problem_at(list->context->problems, item, "value", NULL, "an empty item");
		return false;
	}
	switch (list->option->type) {
	case OPTION_FLAGS:
		return read_flag(list, item, text);
	case OPTION_PREFIXES:
		return read_prefix(list, item, text);
	case OPTION_ADDRESSES:
		return read_address(list, item, text);
	case OPTION_TEXTS:
		texts->items[texts->count++] = text;
		return true;
	default:
		return true;
	}
}

static bool make_room(const struct list *list, size_t count)
{
	struct text_list *texts = list->place;
	struct prefix_list *prefixes = list->place;
	bool made = true;

	if (list->option->type == OPTION_PREFIXES) {
		*prefixes = (struct prefix_list){ .items = arena_calloc(list->context->arena, count, sizeof(struct prefix)) };
		made = prefixes->items != NULL;
	} else if (list->option->type == OPTION_TEXTS || list->option->type == OPTION_ADDRESSES) {
		*texts = (struct text_list){ .items = arena_calloc(list->context->arena, count, sizeof(char *)) };
		made = texts->items != NULL;
	} else if (list->option->type == OPTION_MAP) {
		struct text_map *map = list->place;

		*map = (struct text_map){ .items = arena_calloc(list->context->arena, count, sizeof(*map->items)) };
		made = map->items != NULL;
	} else if (list->option->type == OPTION_FLAGS) {
		*(uint32_t *)list->place = 0;
	}
	if (!made)
		list->context->problems->no_memory = true;
	return made;
}

/* One text, as it comes from the environment: items separated by white space. */
static const struct node *split_text(const struct option_context *context, const struct node *node)
{
	static const char blanks[] = " \t\n\v\f\r";
	struct node *list = arena_calloc(context->arena, 1, sizeof(*list));
	const char *text = node->text;

	if (list == NULL)
		goto no_memory;
	*list = *node;
	list->kind = NODE_LIST;
	for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
		size_t length = strcspn(text, blanks);
		struct node *item = arena_calloc(context->arena, 1, sizeof(*item));

		if (item == NULL)
			goto no_memory;
		*item = (struct node){ .kind = NODE_SCALAR, .line = node->line, .column = node->column, .length = length,
			.text = arena_strndup(context->arena, text, length) };
		if (item->text == NULL)
			goto no_memory;
		node_append(list, item);
		text += length;
	}
	return list;
no_memory:
	context->problems->no_memory = true;
	return NULL;
}

bool option_read_list(const struct option_context *context, const struct option *option, const struct node *node,
	void *place)
{
	struct list list = { context, option, place };
	bool map = option->type == OPTION_MAP;
	bool read = true;

	if (map ? node->kind != NODE_MAP : node->kind == NODE_MAP) {
		problem_at(context->problems, node, "type", NULL, map ? "expected a section of names and values, found %s" :
			"expected a list, found %s", node->kind == NODE_MAP ? "a section" : node->kind == NODE_LIST ?
			"a list" : "a text");
		return false;
	}
	if (node->kind == NODE_SCALAR)
		node = split_text(context, node);
	if (node == NULL || !make_room(&list, node->count))
		return false;
	for (const struct node *item = node->first; item != NULL; item = item->next) {
		if (!item->duplicate)
			read &= read_item(&list, item);
	}
	return read;
}
