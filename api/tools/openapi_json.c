/* Build tool: openapi.yaml → a C file with the same document as JSON, in one array. openapi-json IN OUT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/tools/tool.h"
#include "common/config/yaml.h"

enum { TEXT_MAX = 1024 * 1024, ARENA_MAX = 256 * 1024 * 1024 };

static json_t *read_yaml(const char *path)
{
	struct arena arena;
	struct problems problems;
	size_t length;
	bool whole = false;
	char *text = tool_read(path, TEXT_MAX, &length);
	const struct node *tree;
	json_t *json = NULL;

	arena_init(&arena, ARENA_MAX);
	problems_init(&problems, &arena);
	tree = text != NULL ? yaml_read(text, length, &problems, &whole) : NULL;
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s:%u:%u: %s: %s\n", path, problems.items[i].line, problems.items[i].column,
			problems.items[i].path, problems.items[i].message);
	if (tree != NULL && whole && problems.count == 0)
		json = document_tree_json(tree);
	arena_fini(&arena);
	free(text);
	return json;
}

static int write_array(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return 1;
	fputs("/* Made of api/openapi.yaml. */\n#include \"api/handlers.h\"\n\n", file);
	tool_print_array(file, "api_openapi_json", false, text, strlen(text));
	fprintf(file, "const size_t api_openapi_json_length = sizeof(api_openapi_json);\n");
	return fclose(file) != 0;
}

int main(int argc, char **argv)
{
	json_t *json = argc == 3 ? read_yaml(argv[1]) : NULL;
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	int status = text == NULL || write_array(argv[2], text) != 0;

	free(text);
	json_decref(json);
	return status;
}
