/* The names that the header object of vpclogs may be given. Case makes no difference: for consumers of the exporter all of
 * them become lower case. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/config/load.h"

/* Each segment of the spool begins with them, escaped, in at most 60 KB. */
enum { HEADER_MAX = 8192 };

static void refuse_computed(struct config *config, const struct node *item)
{
	static const char *const names[] = { "version", "capture_start_time", "capture_end_time", "number_of_flow_logs",
		"state", "flow_logs" };
	char quote[PROBLEM_QUOTE_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i], item->key) == 0)
			problem_at_key(&config->problems, item, CONFIG_ERROR, "conflict", NULL,
				"%s is computed for each object", problem_quote(quote, item->key, item->key_length));
	}
}

static int compare_names(const void *one, const void *other)
{
	const struct node *a = *(const struct node *const *)one, *b = *(const struct node *const *)other;
	int order = strcasecmp(a->key, b->key);

	if (order != 0)
		return order;
	return a->index < b->index ? -1 : 1;
}

/* Sorted, as it is done for keys that are the same to the letter. */
static void refuse_doubles(struct config *config, const struct node **items, size_t count)
{
	char quote[PROBLEM_QUOTE_SIZE];

	qsort(items, count, sizeof(*items), compare_names);
	for (size_t first = 0, i = 1; i < count; i++) {
		if (strcasecmp(items[i]->key, items[first]->key) != 0)
			first = i;
		else
			problem_at_key(&config->problems, items[i], CONFIG_ERROR, "duplicate_key", NULL,
				"%s was given before, on line %u: capital letters make no difference",
				problem_quote(quote, items[i]->key, items[i]->key_length), items[first]->key_line);
	}
}

void config_check_header(struct config *config)
{
	const struct field_state *field = &config->fields[pipeline_field_find("pipeline.storeheader.vpclogs")];
	const struct node **items;
	size_t count = 0, length = 0;

	if (field->node == NULL || field->failed)
		return;
	items = arena_calloc(&config->arena, field->node->count, sizeof(*items));
	if (items == NULL) {
		config->problems.no_memory = true;
		return;
	}
	for (const struct node *item = field->node->first; item != NULL; item = item->next) {
		if (item->duplicate || node_is_empty(item))
			continue;
		refuse_computed(config, item);
		length += item->key_length + item->length;
		items[count++] = item;
	}
	refuse_doubles(config, items, count);
	if (length > HEADER_MAX)
		config_report(config, "pipeline.storeheader.vpclogs", CONFIG_ERROR, "range", NULL,
			"names and values have %zu bytes: at most %d", length, HEADER_MAX);
}
