/* Rules for key_template: what it may hold, and that no two objects ever have the same key. */
#include <limits.h>
#include <string.h>

#include "common/buffer.h"
#include "common/config/aws_fields.h"
#include "common/config/key_template.h"
#include "common/config/load.h"
#include "common/config/path.h"

#define TEMPLATE "pipeline.store.buffered.key_template"
#define STATIC "pipeline.transform.awsflowlogs.static"

enum { LAYOUT_MAX = 64 * 1024 };

/* The layouts in which the clouds store their own flow logs. A name with alternatives has the first that has a value. */
static const struct {
	const char *name, *layout;
} presets[] = {
	{ "aws", "{prefix}/AWSLogs/{account-id}/vpcflowlogs/{region}/{yyyy}/{mm}/{dd}/"
		"{account-id}_vpcflowlogs_{region}_fl-{tag}-{stream}_{yyyy}{mm}{dd}T{HH}{MM}Z_{seq}" },
	{ "ibm", "{prefix}/ibm_vpc_flowlogs_v1/account={account-id}/region={region}/vpc-id={vpc-id|vpc_crn}/"
		"subnet-id={subnet-id|subnet_crn}/endpoint-type=vnics/instance-id={instance-id|instance_crn}/"
		"vnic-id={interface-id|network_interface_id}/record-type={tag}/year={yyyy}/month={mm}/day={dd}/hour={HH}/"
		"stream-id={stream}/{seq}{gz}" },
};

struct resolving {
	struct config *config;
	const char *template;         /* as configured, where a mistake's column is counted from */
	const char *preset;           /* its name; NULL: the template is the user's own */
	const char *text;             /* that, or the preset's */
	const char *raw;              /* where it begins in the document; NULL: it came from the environment */
	struct buffer layout;
	uint32_t kinds;               /* bit set of enum key_piece_kind */
	bool wrong;
};

static void report_at(struct resolving *resolving, const char *place, enum config_severity severity, const char *suggestion,
	const char *what, const char *name)
{
	struct config *config = resolving->config;
	const struct node *node = config->fields[pipeline_field_find(TEMPLATE)].node;
	struct problem problem = { severity, "value", TEMPLATE, node->line, node->column, suggestion };

	if (resolving->raw != NULL)
		config_place(node, resolving->raw, (size_t)(place - resolving->template), &problem.line, &problem.column);
	config->problems.variable = config->fields[pipeline_field_find(TEMPLATE)].variable;
	problem_add(&config->problems, &problem, "%s%s", name, what);
	config->problems.variable = NULL;
	resolving->wrong |= severity == CONFIG_ERROR;
}

static void report(struct resolving *resolving, enum config_severity severity, const char *what, const char *name)
{
	config_report(resolving->config, TEMPLATE, severity, "value", NULL, "%s%s", what, name);
	resolving->wrong |= severity == CONFIG_ERROR;
}

static void append(struct resolving *resolving, const char *text, size_t length)
{
	if (buffer_append(&resolving->layout, text, length) != 0)
		resolving->config->problems.no_memory = true;
}

/* ---- names ---- */

static const char *map_value(const struct text_map *map, const char *name, size_t length)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strlen(map->items[i].name) == length && memcmp(map->items[i].name, name, length) == 0)
			return map->items[i].value;
	}
	return NULL;
}

/* What the configuration says of the network it is for. */
static const char *value_of(const struct pipeline_config *pipeline, const struct key_piece *piece)
{
	const char *end = piece->text + piece->length, *name = piece->text, *value = NULL;

	while (name <= end && value == NULL) {
		const char *bar = memchr(name, '|', (size_t)(end - name));
		size_t length = (size_t)((bar != NULL ? bar : end) - name);

		value = map_value(&pipeline->transform.aws.constants, name, length);
		if (value == NULL)
			value = map_value(&pipeline->storeheader.values, name, length);
		name += length + 1;
	}
	return value;
}

static void refuse_name(struct resolving *resolving, const struct key_piece *piece)
{
	char *name = arena_strndup(&resolving->config->arena, piece->text - 1, piece->length + 2);
	char *inner = arena_strndup(&resolving->config->arena, piece->text, piece->length);
	char quote[PROBLEM_QUOTE_SIZE];
	int field;

	if (name == NULL || inner == NULL) {
		resolving->config->problems.no_memory = true;
		return;
	}
	field = aws_field_find(inner);
	problem_quote(quote, name, piece->length + 2);
	if (field >= 0 && aws_field_may_be_constant(&aws_fields[field]))
		report_at(resolving, piece->text - 1, CONFIG_ERROR, NULL, " has no value: it is missing in " STATIC, quote);
	else
		report_at(resolving, piece->text - 1, CONFIG_ERROR, config_nearest(inner, key_placeholders),
			" is no placeholder", quote);
}

/* A preset's name; once where the preset has it several times. */
static void tell_absent(struct resolving *resolving, const struct key_piece *piece)
{
	char *braced = arena_strndup(&resolving->config->arena, piece->text - 1, piece->length + 2);
	char *name = arena_strndup(&resolving->config->arena, piece->text, strcspn(piece->text, "|}"));

	if (braced == NULL || name == NULL)
		resolving->config->problems.no_memory = true;
	else if (strstr(resolving->text, braced) == piece->text - 1)
		report(resolving, CONFIG_WARNING, "- is written for what is missing in " STATIC ": ", name);
}

static void take_name(struct resolving *resolving, const struct key_piece *piece)
{
	const char *value = value_of(&resolving->config->pipeline, piece);
	char *encoded;

	if (value == NULL && resolving->preset == NULL) {
		refuse_name(resolving, piece);
		return;
	}
	if (value == NULL) {
		tell_absent(resolving, piece);
		value = "-";
	}
	encoded = arena_alloc(&resolving->config->arena, 3 * strlen(value) + 1);
	if (encoded == NULL) {
		resolving->config->problems.no_memory = true;
		return;
	}
	key_encode(value, encoded);
	append(resolving, encoded, strlen(encoded));
}

static void take_pieces(struct resolving *resolving)
{
	const char *at = resolving->text;
	struct key_piece piece;

	while (key_piece_next(&at, &piece) && !problems_full(&resolving->config->problems)) {
		resolving->kinds |= 1u << piece.kind;
		if (piece.kind == KEY_BROKEN)
			report_at(resolving, piece.text, CONFIG_ERROR, NULL, " is a brace without its other", *piece.text == '{' ? "{" :
				"}");
		else if (piece.kind == KEY_NAME)
			take_name(resolving, &piece);
		else if (piece.kind == KEY_TEXT)
			append(resolving, piece.text, piece.length);
		else
			append(resolving, piece.text - 1, piece.length + 2);
	}
}

/* ---- the whole ---- */

static bool has(const struct resolving *resolving, enum key_piece_kind kind)
{
	return (resolving->kinds & 1u << kind) != 0;
}

static bool has_one_tag(const struct pipeline_config *pipeline)
{
	unsigned tags = 0;

	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		tags += (pipeline->excluded_tags & 1u << tag) == 0;
	return tags <= 1;
}

static bool is_empty(const char *part, size_t length)
{
	(void)part;
	return length == 0;
}

/* Streams and numbers tell the objects of a tag apart; tags have the same streams. */
static void check_unique(struct resolving *resolving)
{
	const struct pipeline_config *pipeline = &resolving->config->pipeline;

	if (!has(resolving, KEY_STREAM))
		report(resolving, CONFIG_ERROR, "needs {stream}: else keys come again", "");
	if (!has(resolving, KEY_SEQ))
		report(resolving, CONFIG_ERROR, "needs {seq}: else the objects of a stream have one key", "");
	if (!has(resolving, KEY_TAG) && !has_one_tag(pipeline))
		report(resolving, CONFIG_ERROR, "needs {tag}: else objects of several tags have one key", "");
	if (!has(resolving, KEY_PREFIX) && pipeline->store.filename_prefix[0] != '\0')
		report(resolving, CONFIG_WARNING, "has no {prefix}: filename_prefix is without effect", "");
}

/* The longest key that it can come to. */
static void check_key(struct resolving *resolving, const char *layout)
{
	static const struct option_when file = { "pipeline.write.type", "file" };
	const struct pipeline_config *pipeline = &resolving->config->pipeline;
	const struct key_parts parts = { .prefix = pipeline->store.filename_prefix, .host_id = pipeline->host_id,
		.tag = "internal", .ending = ".json.gz", .number = UINT32_MAX };
	char key[KEY_SIZE];

	if (key_template_expand(layout, &parts, key) != 0)
		report(resolving, CONFIG_ERROR, "a key would be longer than an object store takes", "");
	else if (path_has_dots(key))
		report(resolving, CONFIG_ERROR, "a part of a key would be . or ..", "");
	else if (path_has_part(key, is_empty))
		report(resolving, CONFIG_ERROR, "a part of a key would be empty: a slash at the beginning or the end, or two together", "");
	else if (config_holds(resolving->config, &file) == CONFIG_YES && path_has_long_part(key))
		report(resolving, CONFIG_ERROR, "a part of a key would be longer than a file's name", "");
}

static const char *finish(struct resolving *resolving)
{
	char *layout;

	append(resolving, "", 1);
	layout = resolving->layout.bytes != NULL ? arena_strdup(&resolving->config->arena, resolving->layout.bytes) : NULL;
	if (layout == NULL) {
		resolving->config->problems.no_memory = true;
		return "";
	}
	if (resolving->preset == NULL)
		check_unique(resolving);
	if (!resolving->wrong)
		check_key(resolving, layout);
	return resolving->wrong ? "" : layout;
}

/* A misspelled preset is told as one, not by all that a template lacks. */
static void refuse_word(struct config *config, const char *word)
{
	static const char *const names[] = { "aws", "ibm", NULL };
	char quote[PROBLEM_QUOTE_SIZE];

	config_report(config, TEMPLATE, CONFIG_ERROR, "value", config_nearest(word, names),
		"%s is neither aws nor ibm, nor a template with {tag}, {stream} and {seq}",
		problem_quote(quote, word, strlen(word)));
}

void config_check_key(struct config *config)
{
	struct pipeline_config *pipeline = &config->pipeline;
	const struct field_state *field = &config->fields[pipeline_field_find(TEMPLATE)];
	struct resolving resolving = { .config = config, .template = pipeline->store.key_template };

	pipeline->store.key_layout = "";
	resolving.text = resolving.template;
	if (resolving.template[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++) {
		if (strcmp(presets[i].name, resolving.template) == 0) {
			resolving.preset = presets[i].name;
			resolving.text = presets[i].layout;
			break;
		}
	}
	if (resolving.preset == NULL && strchr(resolving.template, '{') == NULL) {
		refuse_word(config, resolving.template);
		return;
	}
	resolving.raw = field->variable == NULL ? config_raw(config, field->node) : NULL;
	buffer_init(&resolving.layout, LAYOUT_MAX);
	take_pieces(&resolving);
	pipeline->store.key_layout = finish(&resolving);
	buffer_fini(&resolving.layout);
}
