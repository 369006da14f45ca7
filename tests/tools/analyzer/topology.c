#include "tests/tools/analyzer/topology.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/analyzer/recording.h"

struct topology {
	json_t *answers;      /* query → {"status","body"} */
	int status;           /* of every answer; 0: the table's */
	char *body;           /* of every answer; NULL: the table's. Owned */
	enum topology_fault fault;
};

enum { DEEP_MAX = 1 << 20, LARGE_MAX = 64 << 20 };

int topology_new(struct topology **topology, struct err *err)
{
	*topology = calloc(1, sizeof(**topology));
	if (*topology != NULL)
		(*topology)->answers = json_object();
	if (*topology == NULL || (*topology)->answers == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	return 0;
}

void topology_free(struct topology **topology)
{
	if (*topology == NULL)
		return;
	json_decref((*topology)->answers);
	free((*topology)->body);
	free(*topology);
	*topology = NULL;
}

int topology_load(struct topology *topology, const char *path, struct err *err)
{
	size_t length = 0;
	char *text = file_read(path, &length, err);
	char *rest = text;
	char *line;
	unsigned number = 0;
	int error = 0;

	if (text == NULL)
		return err->code;
	while (error == 0 && (line = strsep(&rest, "\n")) != NULL) {
		json_t *answer = *line != '\0' ? json_loads(line, 0, NULL) : NULL;
		const char *query = json_string_value(json_object_get(answer, "query"));

		number++;
		if (*line != '\0' && query == NULL)
			error = err_set(err, ERR_INVALID, "%s:%u: no query", path, number);
		else if (query != NULL && json_object_get(topology->answers, query) == NULL)
			json_object_set(topology->answers, query, answer);
		json_decref(answer);
	}
	free(text);
	return error;
}

struct topology_answer topology_ask(const struct topology *topology, const char *body, size_t length)
{
	json_t *request = json_loadb(body, length, 0, NULL);
	json_t *query = json_object_get(request, "GremlinQuery");
	struct topology_answer answer = { 200, "[]\n", topology->fault };
	json_t *listed;

	if (!json_is_string(query)) {
		answer = (struct topology_answer){ 400, "no GremlinQuery\n", FAULT_NONE };
	} else if (json_string_length(query) == 0) {
		answer = (struct topology_answer){ 204, "", FAULT_NONE };
	} else if ((listed = json_object_get(topology->answers, json_string_value(query))) != NULL) {
		answer.status = (int)json_integer_value(json_object_get(listed, "status"));
		answer.body = json_string_value(json_object_get(listed, "body"));
	}
	json_decref(request);
	if (topology->status != 0)
		answer.status = topology->status;
	if (topology->body != NULL)
		answer.body = topology->body;
	return answer;
}

/* A list of one node whose name has so many bytes. */
static char *large_body(size_t bytes)
{
	static const char head[] = "[{\"ID\":\"x\",\"Metadata\":{\"Type\":\"host\",\"Name\":\"", tail[] = "\"}}]\n";
	char *body = malloc(sizeof(head) + bytes + sizeof(tail));

	if (body == NULL)
		return NULL;
	memcpy(body, head, sizeof(head));
	memset(body + sizeof(head) - 1, 'x', bytes);
	memcpy(body + sizeof(head) - 1 + bytes, tail, sizeof(tail));
	return body;
}

static char *deep_body(size_t arrays)
{
	char *body = malloc(2 * arrays + 1);

	if (body == NULL)
		return NULL;
	memset(body, '[', arrays);
	memset(body + arrays, ']', arrays);
	body[2 * arrays] = '\0';
	return body;
}

int topology_misbehave(struct topology *topology, const char *how, struct err *err)
{
	unsigned long number = 0;
	char word[16] = "";

	sscanf(how, "%15s %lu", word, &number);
	free(topology->body);
	topology->body = NULL;
	topology->status = strcmp(word, "status") == 0 ? (int)number : 0;
	topology->fault = strcmp(word, "never") == 0 ? FAULT_NEVER : strcmp(word, "half") == 0 ? FAULT_HALF :
		strcmp(word, "close") == 0 ? FAULT_CLOSE : FAULT_NONE;
	if (strcmp(word, "garbage") == 0)
		topology->body = strdup("<html>it works</html>\n");
	else if (strcmp(word, "null") == 0)
		topology->body = strdup("null\n");
	else if (strcmp(word, "deep") == 0 && number <= DEEP_MAX)
		topology->body = deep_body(number);
	else if (strcmp(word, "large") == 0 && number <= LARGE_MAX)
		topology->body = large_body(number);
	else if (strcmp(word, "ok") != 0 && topology->status == 0 && topology->fault == FAULT_NONE)
		return err_set(err, ERR_INVALID, "'%s' is no way to answer", how);
	return 0;
}
