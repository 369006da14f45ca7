/* Any query string of any route: read within its limits or refused with errors; a page token that is made is accepted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "api/text.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route *choose_route(uint8_t number)
{
	size_t count = 0;

	while (api_routes[count].pattern != NULL)
		count++;
	return &api_routes[number % count];
}

static void check_token(const struct query *query, const struct route *route)
{
	char token[PAGE_TOKEN_SIZE], text[PAGE_TOKEN_SIZE + 20];
	struct query plain = { .list = { .limit = 1 } }, again;
	struct api_answer answer = { 0 };

	if (!(route->query & QUERY_PAGE) || query->list.q == NULL || strlen(query->list.q) >= API_NEXT_SIZE)
		return;
	check(page_token_make(&plain, route, query->list.q, token), "no token");
	snprintf(text, sizeof(text), "page_token=%s", token);
	check(query_parse(&again, route, text, &answer) == 0, "our own token is refused");
	check(strcmp(again.list.after, query->list.q) == 0, "a token leads elsewhere");
	answer_fini(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct route *route = choose_route(size > 0 ? data[0] : 0);
	struct api_answer answer = { 0 };
	struct query query;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (query_parse(&query, route, size > 0 ? text + 1 : text, &answer) == 0) {
		check(query.list.limit >= 1 && query.list.limit <= LIST_LIMIT_MAX, "a limit out of its limits");
		check(query.wait_ms >= 0 && query.wait_ms <= WAIT_MAX_MS, "a wait out of its limits");
		check(query.list.label_count <= API_LABELS_MAX, "too many labels");
		check(query.list.q == NULL || text_is_utf8(query.list.q, strlen(query.list.q)), "text that is not UTF-8");
		check_token(&query, route);
	} else {
		check(answer.problem.status == 400, "another status");
	}
	answer_fini(&answer);
	free(text);
	return 0;
}
