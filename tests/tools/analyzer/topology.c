#include "tests/tools/analyzer/topology.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/analyzer/recording.h"

struct topology {
	json_t *answers;      /* query → {"status","body"} */
};

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
	struct topology_answer answer = { 200, "[]\n" };
	json_t *listed;

	if (!json_is_string(query)) {
		answer = (struct topology_answer){ 400, "no GremlinQuery\n" };
	} else if (json_string_length(query) == 0) {
		answer = (struct topology_answer){ 204, "" };
	} else if ((listed = json_object_get(topology->answers, json_string_value(query))) != NULL) {
		answer.status = (int)json_integer_value(json_object_get(listed, "status"));
		answer.body = json_string_value(json_object_get(listed, "body"));
	}
	json_decref(request);
	return answer;
}
