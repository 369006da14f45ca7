#include "supervisor/serve/ops/ops_list.h"

#include <stdio.h>
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/serve.h"

enum {
	PAGES_MAX = 50,               /* read for one answer: it must not hold up the loop */
	TEXT_MAX = 4 * SERVE_ARENA,
};

bool ops_list_fits(const struct ops_list *list, const char *const *texts, size_t count)
{
	if (list->query->q == NULL)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (texts[i] != NULL && strcasestr(texts[i], list->query->q) != NULL)
			return true;
	}
	return false;
}

int ops_list_answer(struct serve *serve, const struct api_request *request, const struct api_list *query, ops_page *page,
	struct api_answer *answer)
{
	return ops_list_filtered(serve, request, query, page, NULL, answer);
}

int ops_list_filtered(struct serve *serve, const struct api_request *request, const struct api_list *query, ops_page *page,
	const void *filter, struct api_answer *answer)
{
	struct ops_list list = { .serve = serve, .request = request, .query = query, .filter = filter, .items = json_array() };
	char after[API_NEXT_SIZE];
	struct arena arena;
	struct err err;
	int error = 0;

	arena_init(&arena, SERVE_ARENA);
	buffer_init(&list.text, TEXT_MAX);
	list.arena = &arena;
	snprintf(after, sizeof(after), "%s", query->after);
	for (unsigned i = 0; i < PAGES_MAX; i++) {
		const char *next = NULL;

		error = page(&list, after, &next, &err);
		snprintf(after, sizeof(after), "%s", next != NULL ? next : "");
		arena_reset(&arena);
		if (error != 0 || after[0] == '\0' || json_array_size(list.items) > 0 || list.text.length > 0)
			break;
	}
	arena_fini(&arena);
	if (error == 0 && list.text.length > 0 && buffer_append_text(&list.text, "]") != 0)
		error = err_set(&err, ERR_NO_MEMORY, "no memory for a list");
	if (error != 0) {
		json_decref(list.items);
		buffer_fini(&list.text);
		return ops_failed(answer, error, &err);
	}
	snprintf(answer->next, sizeof(answer->next), "%s", after);
	answer->body = list.items;
	/* given away; there is none when nothing was appended */
	answer->text = list.text.bytes;
	answer->text_length = list.text.length;
	return 0;
}
