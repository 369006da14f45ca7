/* Rules for awsflowlogs: fields that AWS has, constants for those that no flow tells. */
#include <string.h>

#include "common/config/aws_fields.h"
#include "common/config/load.h"

#define VERSION "pipeline.transform.awsflowlogs.version"
#define FIELDS "pipeline.transform.awsflowlogs.fields"
#define CONSTANTS "pipeline.transform.awsflowlogs.static"

static const struct field_state *state_of(const struct config *config, const char *path)
{
	return &config->fields[pipeline_field_find(path)];
}

static void refuse_field(struct config *config, size_t index, const char *suggestion, const char *what)
{
	const char *name = config->pipeline.transform.aws.fields.items[index];
	const struct node *node = config_item(config, FIELDS, name);
	char quote[PROBLEM_QUOTE_SIZE];

	problem_quote(quote, name, strlen(name));
	if (node != NULL)
		problem_at(&config->problems, node, "value", suggestion, "%s %s", quote, what);
	else
		config_report(config, FIELDS, CONFIG_ERROR, "value", suggestion, "%s %s", quote, what);
}

static void check_fields(struct config *config)
{
	const struct text_list *fields = &config->pipeline.transform.aws.fields;

	for (size_t i = 0; i < fields->count && !problems_full(&config->problems); i++) {
		const char *name = fields->items[i];

		if (aws_field_find(name) < 0) {
			refuse_field(config, i, aws_field_nearest(name), "is no field of AWS's flow logs up to version 8");
			continue;
		}
		for (size_t before = 0; before < i; before++) {
			if (strcmp(fields->items[before], name) == 0) {
				refuse_field(config, i, NULL, "is there twice");
				break;
			}
		}
	}
	if (fields->count > 0 && state_of(config, VERSION)->node != NULL)
		config_report(config, VERSION, CONFIG_WARNING, "unused", NULL,
			"without effect: fields are given, whose highest version counts");
}

static void check_value(struct config *config, const struct node *item, const struct aws_field *field)
{
	char quote[PROBLEM_QUOTE_SIZE];

	problem_quote(quote, item->text, item->length);
	if (field->number && (item->length > 18 || strspn(item->text, "0123456789") != item->length ||
		(item->text[0] == '0' && item->length > 1)))
		problem_at(&config->problems, item, "type", NULL, "expected a whole number, found %s", quote);
	else if (config->pipeline.encode.type == ENCODE_TEXT && memchr(item->text, ' ', item->length) != NULL)
		problem_at(&config->problems, item, "value", NULL, "%s has a blank, which parts the fields of text", quote);
}

static void check_constant(struct config *config, const struct node *item, const struct aws_columns *columns)
{
	int index = aws_field_find(item->key);
	const struct aws_field *field;
	char quote[PROBLEM_QUOTE_SIZE];

	problem_quote(quote, item->key, item->key_length);
	if (index < 0) {
		problem_at_key(&config->problems, item, CONFIG_ERROR, "unknown_key", aws_field_nearest(item->key),
			"%s is no field of AWS's flow logs up to version 8", quote);
		return;
	}
	field = &aws_fields[index];
	if (!aws_field_may_be_constant(field)) {
		problem_at_key(&config->problems, item, CONFIG_ERROR, "value", NULL, "%s is told by each flow", quote);
		return;
	}
	if (!node_is_empty(item))
		check_value(config, item, field);
	if (memchr(columns->fields, index, columns->count) == NULL && config->pipeline.store.key_template[0] == '\0')
		problem_at_key(&config->problems, item, CONFIG_WARNING, "unused", NULL, "%s is none of the fields that are written",
			quote);
}

static void check_constants(struct config *config)
{
	const struct field_state *state = state_of(config, CONSTANTS);
	struct aws_columns columns;

	aws_columns_of(&config->pipeline, &columns);
	if (state->node == NULL || state->failed)
		return;
	for (const struct node *item = state->node->first; item != NULL; item = item->next) {
		if (!item->duplicate && !problems_full(&config->problems))
			check_constant(config, item, &columns);
	}
}

/* The exporter has but its own fields, in the version 2 or 3. */
static void check_sfe(struct config *config)
{
	static const char *const others[] = { FIELDS, CONSTANTS };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (state_of(config, others[i])->node != NULL)
			config_report(config, others[i], CONFIG_WARNING, "unused", NULL,
				"without effect: json has the exporter's own fields where compat is sfe");
	}
}

void config_check_aws(struct config *config)
{
	static const struct option_when aws = { "pipeline.transform.type", "awsflowlogs" };
	struct pipeline_config *pipeline = &config->pipeline;

	pipeline->transform.aws.header = "";
	if (config_holds(config, &aws) != CONFIG_YES)
		return;
	if (aws_is_sfe(pipeline))
		check_sfe(config);
	check_fields(config);
	check_constants(config);
	pipeline->transform.aws.header = aws_header(pipeline, &config->arena);
	if (pipeline->transform.aws.header == NULL)
		config->problems.no_memory = true;
}
