/* Query strings and page tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/query.h"
#include "common/err.h"

static const struct route list = { .method = METHOD_GET, .pattern = "/list",
	.query = QUERY_PAGE | QUERY_FILTER | QUERY_Q | QUERY_FIELDS };
static const struct route other = { .method = METHOD_GET, .pattern = "/other",
	.query = QUERY_PAGE | QUERY_FILTER | QUERY_Q };
static const struct route tap = { .method = METHOD_GET, .pattern = "/tap", .query = QUERY_TAP };
static const struct route audit = { .method = METHOD_GET, .pattern = "/audit", .query = QUERY_PAGE | QUERY_AUDIT };
static const struct route events = { .method = METHOD_GET, .pattern = "/events", .query = QUERY_EVENTS };
static const struct route change = { .method = METHOD_PUT, .pattern = "/change", .query = QUERY_DRY_RUN | QUERY_WAIT };

static void assert_error(const struct api_answer *answer, size_t index, const char *pointer, const char *code)
{
	const json_t *error = json_array_get(answer->problem.errors, index);

	assert_string_equal(json_string_value(json_object_get(error, "pointer")), pointer);
	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
}

static void nothing_given_means_the_defaults(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &list, "", &answer), 0);
	assert_int_equal(query.list.limit, LIST_LIMIT_DEFAULT);
	assert_string_equal(query.list.after, "");
	assert_null(query.list.state);
	assert_null(query.list.q);
	assert_int_equal(query.list.label_count, 0);
}

static void filters_are_decoded(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &list,
		"limit=7&&state=stalled&label=env=pro%64&label=x&q=a+b%26c&fields=config", &answer), 0);
	assert_int_equal(query.list.limit, 7);
	assert_string_equal(query.list.state, "stalled");
	assert_string_equal(query.list.labels[0].key, "env");
	assert_string_equal(query.list.labels[0].value, "prod");
	assert_string_equal(query.list.labels[1].key, "x");
	assert_null(query.list.labels[1].value);
	assert_string_equal(query.list.q, "a b&c");
	assert_true(query.list.with_config);
	assert_int_equal(query_parse(&query, &change, "dry_run=true&wait=10s", &answer), 0);
	assert_true(query.dry_run);
	assert_int_equal(query.wait_ms, 10000);
}

static void a_tap_has_a_limit_and_a_duration_of_its_own(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &tap, "", &answer), 0);
	assert_int_equal(query.tap.limit, 100);
	assert_int_equal(query.tap.duration_ms, 60000);
	assert_int_equal(query_parse(&query, &tap, "limit=10000&duration=1h", &answer), 0);
	assert_int_equal(query.tap.limit, 10000);
	assert_int_equal(query.tap.duration_ms, 3600000);
	assert_int_equal(query.list.limit, LIST_LIMIT_DEFAULT);
	assert_int_equal(query_parse(&query, &tap, "limit=10001&duration=61m", &answer), ERR_INVALID);
	assert_error(&answer, 0, "?limit", "query.value");
	assert_error(&answer, 1, "?duration", "query.value");
	answer_fini(&answer);
	assert_int_equal(query_parse(&query, &list, "duration=1s", &answer), ERR_INVALID);
	assert_error(&answer, 0, "?duration", "query.unknown");
	answer_fini(&answer);
}

static void events_have_figures_and_those_of_before_where_that_is_asked_for(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &events, "figures=true&replay=true", &answer), 0);
	assert_true(query.events.figures && query.events.replay);
	assert_int_equal(query_parse(&query, &events, "figures=false", &answer), 0);
	assert_false(query.events.figures || query.events.replay);
	assert_int_equal(query_parse(&query, &events, "figures=5s&replay=", &answer), ERR_INVALID);
	assert_error(&answer, 0, "?figures", "query.value");
	assert_error(&answer, 1, "?replay", "query.value");
	answer_fini(&answer);
}

static void a_word_that_is_none_is_refused_with_the_nearest(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;
	const json_t *error;

	(void)state;
	assert_int_equal(query_parse(&query, &audit, "action=token.create&who=local", &answer), 0);
	assert_string_equal(query.audit.action, "token.create");
	assert_string_equal(query.audit.who, "local");
	assert_int_equal(query_parse(&query, &audit, "action=token.craete&who=a+b&since=soon", &answer), ERR_INVALID);
	error = json_array_get(answer.problem.errors, 0);
	assert_string_equal(json_string_value(json_object_get(error, "suggestion")), "token.create");
	assert_error(&answer, 0, "?action", "query.value");
	assert_error(&answer, 1, "?who", "query.value");
	assert_error(&answer, 2, "?since", "query.value");
	answer_fini(&answer);
	assert_int_equal(query_parse(&query, &list, "state=runing", &answer), ERR_INVALID);
	error = json_array_get(answer.problem.errors, 0);
	assert_string_equal(json_string_value(json_object_get(error, "suggestion")), "running");
	answer_fini(&answer);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	struct api_answer answer = { 0 };
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &list, "limit=0&limits=3&state=up&limit=4&label=&fields=all&page_token=!",
		&answer), ERR_INVALID);
	assert_int_equal(answer.problem.status, 400);
	assert_string_equal(answer.problem.code, "query.invalid");
	assert_int_equal(json_array_size(answer.problem.errors), 7);
	assert_error(&answer, 0, "?limit", "query.value");
	assert_error(&answer, 1, "?limits", "query.unknown");
	assert_string_equal(json_string_value(json_object_get(json_array_get(answer.problem.errors, 1), "suggestion")),
		"limit");
	assert_error(&answer, 2, "?state", "query.value");
	assert_error(&answer, 3, "?limit", "query.duplicate");
	assert_error(&answer, 4, "?label", "query.value");
	assert_error(&answer, 5, "?fields", "query.value");
	assert_error(&answer, 6, "?page_token", "page_token.invalid");
	answer_fini(&answer);
}

static void broken_encodings_and_foreign_parameters_are_refused(void **state)
{
	static const char *const wrong[] = { "q=%", "q=%zz", "q=%ff", "q=%00", "%00=1", "dry_run=true", "q=a%0a",
		"label=1&label=2&label=3&label=4&label=5&label=6&label=7&label=8&label=9", "limit=1001", "limit=1e2", "limit" };
	char longer[QUERY_BYTES_MAX + 2];
	struct query query;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct api_answer answer = { 0 };

		assert_int_equal(query_parse(&query, &list, wrong[i], &answer), ERR_INVALID);
		assert_int_equal(answer.problem.status, 400);
		answer_fini(&answer);
	}
	struct api_answer answer = { 0 };

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(query_parse(&query, &list, longer, &answer), ERR_INVALID);
	answer_fini(&answer);
}

static int parse_with_token(const struct route *route, const char *filters, const char *token, struct query *query)
{
	struct api_answer answer = { 0 };
	char text[600];
	int result;

	snprintf(text, sizeof(text), "%s&page_token=%s", filters, token);
	result = query_parse(query, route, text, &answer);
	answer_fini(&answer);
	return result;
}

static void a_page_token_is_good_for_its_list_and_filters_only(void **state)
{
	struct api_answer answer = { 0 };
	char token[PAGE_TOKEN_SIZE];
	char longest[API_NEXT_SIZE];
	struct query query;

	(void)state;
	assert_int_equal(query_parse(&query, &list, "q=x", &answer), 0);
	assert_true(page_token_make(&query, &list, "acme/edge-1", token));
	assert_int_equal(parse_with_token(&list, "q=x", token, &query), 0);
	assert_string_equal(query.list.after, "acme/edge-1");
	assert_int_equal(parse_with_token(&list, "q=x&limit=3", token, &query), 0);
	assert_int_equal(parse_with_token(&list, "q=y", token, &query), ERR_INVALID);
	assert_int_equal(parse_with_token(&list, "q=x&label=a", token, &query), ERR_INVALID);
	assert_int_equal(parse_with_token(&list, "", token, &query), ERR_INVALID);
	assert_int_equal(parse_with_token(&other, "q=x", token, &query), ERR_INVALID);
	token[3] = token[3] == 'A' ? 'B' : 'A';
	assert_int_equal(parse_with_token(&list, "q=x", token, &query), ERR_INVALID);
	assert_int_equal(parse_with_token(&list, "", "AAAA", &query), ERR_INVALID);
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	query_parse(&query, &list, "", &answer);
	assert_true(page_token_make(&query, &list, longest, token));
	assert_int_equal(parse_with_token(&list, "", token, &query), 0);
	assert_string_equal(query.list.after, longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_means_the_defaults),
		cmocka_unit_test(filters_are_decoded),
		cmocka_unit_test(a_tap_has_a_limit_and_a_duration_of_its_own),
		cmocka_unit_test(events_have_figures_and_those_of_before_where_that_is_asked_for),
		cmocka_unit_test(a_word_that_is_none_is_refused_with_the_nearest),
		cmocka_unit_test(all_that_is_wrong_is_told_at_once),
		cmocka_unit_test(broken_encodings_and_foreign_parameters_are_refused),
		cmocka_unit_test(a_page_token_is_good_for_its_list_and_filters_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
