#include "common/config/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/config/config.h"
#include "common/config/yaml_text.h"

/* A map or list whose end has not come yet. */
struct frame {
	struct node *node;
	yaml_mark_t key_mark;
	const char *key;              /* of the value that comes next; NULL for a key that was refused */
	size_t key_length;
	bool key_read;
};

struct reader {
	yaml_parser_t parser;
	struct problems *problems;
	struct node *root;
	struct frame frames[CONFIG_DEPTH_MAX];
	unsigned depth;
	unsigned documents;
	bool ended;
	bool anchors;                 /* anchors or aliases were met */
};

static const char *reader_path(struct reader *reader, char path[static NODE_PATH_SIZE])
{
	path[0] = '\0';
	if (reader->depth > 0)
		node_path(reader->frames[reader->depth - 1].node, path);
	return path;
}

static void problem_here(struct reader *reader, const yaml_mark_t *mark, const char *code, const char *what)
{
	char path[NODE_PATH_SIZE];
	struct problem problem = { CONFIG_ERROR, code, reader_path(reader, path), (unsigned)mark->line + 1,
		(unsigned)mark->column + 1, NULL };

	problem_add(reader->problems, &problem, "%s", what);
}

static struct node *new_node(struct reader *reader, enum node_kind kind, const yaml_mark_t *mark)
{
	struct node *node = arena_calloc(reader->problems->arena, 1, sizeof(*node));

	if (node == NULL) {
		reader->problems->no_memory = true;
		return NULL;
	}
	node->kind = kind;
	node->line = (unsigned)mark->line + 1;
	node->column = (unsigned)mark->column + 1;
	return node;
}

/* Puts a value where it belongs. One whose key was refused is read, so that its own mistakes show, but not kept. */
static void place_value(struct reader *reader, struct node *node)
{
	struct frame *frame = reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;

	if (frame == NULL) {
		if (reader->root == NULL)
			reader->root = node;
		return;
	}
	if (frame->node->kind == NODE_MAP) {
		frame->key_read = false;
		if (frame->key == NULL)
			return;
		node->key = frame->key;
		node->key_length = frame->key_length;
		node->key_line = (unsigned)frame->key_mark.line + 1;
		node->key_column = (unsigned)frame->key_mark.column + 1;
	}
	node_append(frame->node, node);
}

static bool key_is_next(const struct reader *reader)
{
	const struct frame *frame = reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;

	return frame != NULL && frame->node->kind == NODE_MAP && !frame->key_read;
}

static void take_key(struct reader *reader, const char *text, size_t length, const yaml_mark_t *mark)
{
	struct frame *frame = &reader->frames[reader->depth - 1];

	frame->key_read = true;
	frame->key_mark = *mark;
	frame->key_length = length;
	frame->key = text;
}

/* Told once: who uses them uses many. */
static void refuse_anchors(struct reader *reader, const yaml_mark_t *mark)
{
	if (!reader->anchors)
		problem_here(reader, mark, "syntax", "anchors and aliases are not accepted: write the values out");
	reader->anchors = true;
}

static void check_properties(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
	const yaml_char_t *tag)
{
	if (anchor != NULL)
		refuse_anchors(reader, &event->start_mark);
	if (tag != NULL)
		problem_here(reader, &event->start_mark, "syntax", "tags are not accepted: leave it out");
}

static void take_scalar(struct reader *reader, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	char *text = arena_strndup(reader->problems->arena, value, length);
	struct node *node;

	check_properties(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
	if (text == NULL) {
		reader->problems->no_memory = true;
		return;
	}
	if (key_is_next(reader)) {
		take_key(reader, text, length, &event->start_mark);
		return;
	}
	node = new_node(reader, NODE_SCALAR, &event->start_mark);
	if (node == NULL)
		return;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = text;
	node->length = length;
	place_value(reader, node);
}

static void take_alias(struct reader *reader, const yaml_event_t *event)
{
	struct node *node;

	refuse_anchors(reader, &event->start_mark);
	if (key_is_next(reader)) {
		take_key(reader, NULL, 0, &event->start_mark);
		return;
	}
	node = new_node(reader, NODE_LIST, &event->start_mark);
	if (node == NULL)
		return;
	node->duplicate = true;
	place_value(reader, node);
}

static void open_container(struct reader *reader, const yaml_event_t *event, enum node_kind kind)
{
	struct node *node;

	if (reader->depth == CONFIG_DEPTH_MAX) {
		problem_here(reader, &event->start_mark, "limit", "nested deeper than 32 levels");
		reader->ended = true;
		return;
	}
	node = new_node(reader, kind, &event->start_mark);
	if (node == NULL)
		return;
	if (key_is_next(reader)) {
		problem_here(reader, &event->start_mark, "syntax", "a key must be a text");
		take_key(reader, NULL, 0, &event->start_mark);
	} else {
		place_value(reader, node);
	}
	reader->frames[reader->depth++] = (struct frame){ .node = node };
}

static int compare_keys(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *b = *(const struct node *const *)right;
	size_t shorter = a->key_length < b->key_length ? a->key_length : b->key_length;
	int order = memcmp(a->key, b->key, shorter);

	if (order != 0)
		return order;
	if (a->key_length != b->key_length)
		return a->key_length < b->key_length ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

/* Sorted, because comparing each with each takes seconds for a file of nothing but keys. */
static void refuse_duplicates(struct reader *reader, const struct node *map)
{
	struct node **sorted;
	size_t count = 0;

	if (map->count < 2)
		return;
	sorted = arena_calloc(reader->problems->arena, map->count, sizeof(struct node *));
	if (sorted == NULL) {
		reader->problems->no_memory = true;
		return;
	}
	for (struct node *child = map->first; child != NULL; child = child->next)
		sorted[count++] = child;
	qsort(sorted, count, sizeof(struct node *), compare_keys);
	for (size_t first = 0, i = 1; i < count; i++) {
		if (sorted[i]->key_length != sorted[first]->key_length ||
			memcmp(sorted[i]->key, sorted[first]->key, sorted[i]->key_length) != 0) {
			first = i;
			continue;
		}
		sorted[i]->duplicate = true;
		problem_at_key(reader->problems, sorted[i], CONFIG_ERROR, "duplicate_key", NULL,
			"the key was given before, on line %u", sorted[first]->key_line);
	}
}

static void close_container(struct reader *reader)
{
	const struct node *node = reader->frames[--reader->depth].node;

	if (node->kind == NODE_MAP)
		refuse_duplicates(reader, node);
}

static void take_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (reader->documents++ == 0)
			break;
		problem_here(reader, &event->start_mark, "syntax", "a second document: one file holds one configuration");
		reader->ended = true;
		break;
	case YAML_SCALAR_EVENT:
		take_scalar(reader, event);
		break;
	case YAML_ALIAS_EVENT:
		take_alias(reader, event);
		break;
	case YAML_MAPPING_START_EVENT:
		check_properties(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		open_container(reader, event, NODE_MAP);
		break;
	case YAML_SEQUENCE_START_EVENT:
		check_properties(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		open_container(reader, event, NODE_LIST);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_container(reader);
		break;
	case YAML_STREAM_END_EVENT:
		reader->ended = true;
		break;
	default:
		break;
	}
}

/* What was opened and not closed swallows what follows: where it began is the place to look at, and the first mistake. */
static bool report_unclosed(struct reader *reader, struct problem *problem)
{
	static const struct { const char *context, *what; } opened[] = {
		{ "while parsing a flow sequence", "the [ here is not closed: ',' or ']' is missing" },
		{ "while parsing a flow mapping", "the { here is not closed: ',' or '}' is missing" },
		{ "while scanning a quoted scalar", "the quote that begins here is still open" },
	};
	const yaml_parser_t *parser = &reader->parser;

	for (size_t i = 0; parser->context != NULL && i < sizeof(opened) / sizeof(opened[0]); i++) {
		if (strcmp(parser->context, opened[i].context) != 0)
			continue;
		problem->line = (unsigned)parser->context_mark.line + 1;
		problem->column = (unsigned)parser->context_mark.column + 1;
		problem_add(reader->problems, problem, "%s on line %zu", opened[i].what, parser->problem_mark.line + 1);
		return true;
	}
	return false;
}

/* Bad UTF-8 and control characters come without a mark; a forgotten colon is marked where the line ends. */
static void report_syntax(struct reader *reader, const char *text)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *what = parser->problem != NULL ? parser->problem : "not readable";
	bool forgotten = strcmp(what, "could not find expected ':'") == 0;
	const yaml_mark_t *mark = forgotten ? &parser->context_mark : &parser->problem_mark;
	char path[NODE_PATH_SIZE];
	struct problem problem = { CONFIG_ERROR, "syntax", reader_path(reader, path), (unsigned)mark->line + 1,
		(unsigned)mark->column + 1, NULL };

	if (parser->error == YAML_MEMORY_ERROR) {
		reader->problems->no_memory = true;
		return;
	}
	if (parser->error == YAML_READER_ERROR)
		yaml_problem_position(reader->problems, text, parser->problem_offset, &problem);
	else if (parser->buffer.pointer < parser->buffer.last && *parser->buffer.pointer == '\t')
		what = "a tab cannot indent: use blanks";
	else if (report_unclosed(reader, &problem))
		return;
	else if (!forgotten && parser->context != NULL) {
		problem_add(reader->problems, &problem, "%s (%s that began on line %zu)", what, parser->context,
			parser->context_mark.line + 1);
		return;
	}
	problem_add(reader->problems, &problem, "%s", what);
}

struct node *yaml_read(const char *text, size_t length, struct problems *problems, bool *whole)
{
	struct reader reader = { .problems = problems };
	yaml_event_t event;

	*whole = false;
	if (yaml_refuse_directives(text, length, problems))
		return NULL;
	if (!yaml_parser_initialize(&reader.parser)) {
		problems->no_memory = true;
		return NULL;
	}
	reader.parser.mark.line = problems->lines_before;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
	while (!reader.ended && !problems->no_memory) {
		if (!yaml_parser_parse(&reader.parser, &event)) {
			report_syntax(&reader, text);
			break;
		}
		take_event(&reader, &event);
		yaml_event_delete(&event);
	}
	/* nothing is open: all that the first document has is in the tree, but for what an alias stands for */
	*whole = reader.ended && reader.depth == 0 && !reader.anchors;
	while (reader.depth > 0)
		close_container(&reader);
	yaml_parser_delete(&reader.parser);
	return reader.root;
}
