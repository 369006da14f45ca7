#include "common/config/option.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/config/address.h"
#include "common/config/path.h"
#include "common/config/pipeline_config.h"
#include "common/config/text.h"
#include "common/url.h"

enum { TEXT_MAX = 1024 };

const char *option_text(const struct option_context *context, const struct option *option, const struct node *node,
	const char *what)
{
	size_t max = option->max != 0 && option->names == NULL && option->type <= OPTION_URL ? option->max : TEXT_MAX;
	const char *bad;

	if (node->kind != NODE_SCALAR) {
		problem_at(context->problems, node, "type", NULL, "expected %s, found a %s", what,
			node->kind == NODE_LIST ? "list" : "section");
		return NULL;
	}
	if (node->length > max) {
		problem_at(context->problems, node, "range", NULL, "longer than %zu bytes", max);
		return NULL;
	}
	bad = text_bad_character(node->text, node->length);
	if (bad != NULL) {
		problem_at(context->problems, node, "value", NULL, "the text contains %s", bad);
		return NULL;
	}
	return node->text;
}

static bool read_bool(const struct option_context *context, const struct option *option, const struct node *node,
	bool *place)
{
	static const struct { const char *name; bool value; } words[] = {
		{ "true", true }, { "false", false }, { "yes", true }, { "no", false },
		{ "on", true }, { "off", false }, { "1", true }, { "0", false },
	};
	const char *text = option_text(context, option, node, "true or false");
	char quote[PROBLEM_QUOTE_SIZE];

	if (text == NULL)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].name) == 0) {
			*place = words[i].value;
			return true;
		}
	}
	problem_at(context->problems, node, "type", NULL, "expected true or false, found %s",
		problem_quote(quote, text, node->length));
	return false;
}

/* "60s" is what users of other tools write for 60 seconds. */
static const char *seconds_meant(const struct option *option, const char *text, char out[static 16])
{
	size_t digits = strspn(text, "0123456789");

	if (option->type != OPTION_SECONDS || digits == 0 || digits > 9 || strcmp(text + digits, "s") != 0)
		return NULL;
	snprintf(out, 16, "%.*s", (int)digits, text);
	return out;
}

static bool read_number(const struct option_context *context, const struct option *option, const struct node *node,
	uint32_t *place)
{
	const char *what = option->type == OPTION_SECONDS ? "a whole number of seconds" : "a whole number";
	const char *text = option_text(context, option, node, what);
	char quote[PROBLEM_QUOTE_SIZE];
	char meant[16];
	uint64_t value = 0;
	size_t digits;

	if (text == NULL)
		return false;
	digits = strspn(text + (text[0] == '-'), "0123456789");
	/* a leading zero would be octal to YAML 1.1 and decimal to YAML 1.2 */
	if (digits == 0 || digits + (text[0] == '-') != node->length || (digits > 1 && text[0] == '0')) {
		problem_at(context->problems, node, "type", seconds_meant(option, text, meant), "expected %s, found %s",
			what, problem_quote(quote, text, node->length));
		return false;
	}
	for (size_t i = 0; i < digits && value <= UINT32_MAX; i++)
		value = value * 10 + (uint64_t)(text[i + (text[0] == '-')] - '0');
	if ((text[0] == '-' && value > 0) || value < option->min || value > option->max) {
		problem_at(context->problems, node, "range", NULL, "%s is not between %u and %u",
			problem_quote(quote, text, node->length), option->min, option->max);
		return false;
	}
	*place = (uint32_t)value;
	return true;
}

static bool read_enum(const struct option_context *context, const struct option *option, const struct node *node,
	int *place)
{
	const char *text = option_text(context, option, node, "a name");
	const struct option_name *name;

	if (text == NULL)
		return false;
	name = option_name_find(option->names, text);
	if (name == NULL) {
		option_name_refuse(context->problems, node, option->names, "");
		return false;
	}
	*place = name->value;
	return true;
}

static bool read_url(const struct option_context *context, const struct option *option, const struct node *node,
	const char **place)
{
	const char *text = option_text(context, option, node, "a URL");
	struct address_parts parts;
	const char *wrong;
	struct url url;
	struct err err;

	if (text == NULL)
		return false;
	/* the text is not repeated: people put passwords into URLs */
	wrong = address_parse_url(text, option->schemes, &parts);
	if (wrong != NULL) {
		problem_at(context->problems, node, "value", NULL, "%s; expected %s://… or %s://…", wrong,
			option->schemes[0], option->schemes[1]);
		return false;
	}
	if (strcmp(option->schemes[0], "ws") == 0 && url_parse(&url, text, &err) != 0) {
		problem_at(context->problems, node, "value", NULL, "%s", err.message);
		return false;
	}
	*place = text;
	return true;
}

static bool read_text(const struct option_context *context, const struct option *option, const struct node *node,
	const char **place)
{
	const char *text = option_text(context, option, node, option->type == OPTION_PATH ? "a path" : "a text");

	if (text == NULL)
		return false;
	/* a key's parts become folders where the writer is `file`: they must not lead out of its root */
	if (option->type == OPTION_KEY && path_has_dots(text)) {
		problem_at(context->problems, node, "value", NULL, "no part of a key can be . or ..");
		return false;
	}
	if (option->type == OPTION_SECRET)
		return option_read_secret(context, node, text, place);
	*place = text;
	return true;
}

bool option_read(const struct option_context *context, const struct option *option, const struct node *node,
	void *target)
{
	void *place = (char *)target + option->offset;

	switch (option->type) {
	case OPTION_BOOL:
		return read_bool(context, option, node, place);
	case OPTION_COUNT:
	case OPTION_SECONDS:
		return read_number(context, option, node, place);
	case OPTION_ENUM:
		return read_enum(context, option, node, place);
	case OPTION_URL:
		return read_url(context, option, node, place);
	case OPTION_FLAGS:
	case OPTION_TEXTS:
	case OPTION_PREFIXES:
	case OPTION_ADDRESSES:
	case OPTION_MAP:
		return option_read_list(context, option, node, place);
	default:
		return read_text(context, option, node, place);
	}
}
