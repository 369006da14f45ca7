/* Where in the document a piece of a value stands, however the value was written: plain, quoted with escapes, folded over
 * several lines. */
#include <string.h>

#include "common/config/load.h"
#include "common/config/yaml_text.h"

struct walk {
	const char *raw;              /* in the document */
	unsigned line, column;
};

const struct node *config_item(const struct config *config, const char *path, const char *text)
{
	const struct node *list = config->fields[pipeline_field_find(path)].node, *item;

	if (list->kind != NODE_LIST)
		return NULL;
	for (item = list->first; item != NULL && item->text != text; item = item->next)
		;
	return item;
}

const char *config_raw(const struct config *config, const struct node *node)
{
	return config->text + yaml_offset(config->text, config->text_length, node->line, node->column);
}

/* One character of the document. */
static void pass(struct walk *walk)
{
	if (*walk->raw == '\0')
		return;
	if (*walk->raw == '\n') {
		walk->line++;
		walk->column = 1;
	} else {
		walk->column++;
	}
	do {
		walk->raw++;
	} while (((unsigned char)*walk->raw & 0xc0) == 0x80);
}

static void pass_blanks(struct walk *walk)
{
	while (*walk->raw != '\0' && strchr(" \t\r\n", *walk->raw) != NULL)
		pass(walk);
}

/* The line of a block's mark, or an opening quote. */
static void pass_opening(struct walk *walk, char style)
{
	if (style == '\'' || style == '"')
		pass(walk);
	if (style != '|' && style != '>')
		return;
	while (*walk->raw != '\0' && *walk->raw != '\n')
		pass(walk);
	pass_blanks(walk);
}

static bool folds(const struct walk *walk)
{
	return walk->raw[strspn(walk->raw, " \t\r")] == '\n';
}

static void pass_escape(struct walk *walk)
{
	unsigned digits;

	pass(walk);
	digits = *walk->raw == 'x' ? 2 : *walk->raw == 'u' ? 4 : *walk->raw == 'U' ? 8 : 0;
	for (unsigned i = 0; i <= digits; i++)
		pass(walk);
}

/* What stands for the character of the value at text; returns the one behind it. */
static const char *pass_value(struct walk *walk, char style, const char *text)
{
	if (folds(walk)) {
		pass_blanks(walk);
		return text + strspn(text, " \n");
	}
	if (style == '"' && *walk->raw == '\\' && (walk->raw[1] == '\n' || walk->raw[1] == '\r')) {
		pass(walk);
		pass_blanks(walk);
		return text;
	}
	if (style == '"' && *walk->raw == '\\')
		pass_escape(walk);
	else if (style == '\'' && *walk->raw == '\'')
		pass_escape(walk);
	else
		pass(walk);
	do {
		text++;
	} while (((unsigned char)*text & 0xc0) == 0x80);
	return text;
}

void config_place(const struct node *node, const char *raw, size_t offset, unsigned *line, unsigned *column)
{
	struct walk walk = { raw, node->line, node->column };
	const char *text = node->text, *end = node->text + offset;
	char style = node->plain ? '\0' : *raw;

	pass_opening(&walk, style);
	while (text < end && *walk.raw != '\0')
		text = pass_value(&walk, style, text);
	*line = walk.line;
	*column = walk.column;
}
