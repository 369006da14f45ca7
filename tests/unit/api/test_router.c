/* Method and path to a route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/router.h"

static struct route_match find(enum method method, const char *target)
{
	struct route_match match;

	assert_true(route_find(api_routes, method, target, &match));
	return match;
}

static void a_path_gives_its_route_and_its_names(void **state)
{
	struct route_match match = find(METHOD_GET, "/v1/tenants/acme/pipelines/edge-1/status?x=y");

	(void)state;
	assert_string_equal(match.route->pattern, "/v1/tenants/{t}/pipelines/{name}/status");
	assert_string_equal(match.tenant, "acme");
	assert_string_equal(match.name, "edge-1");
	assert_string_equal(find(METHOD_POST, "/v1/tenants/acme/pipelines:stop").route->pattern,
		"/v1/tenants/{t}/pipelines:stop");
	assert_string_equal(find(METHOD_DELETE, "/v1/tokens/Ab_1").id, "Ab_1");
	assert_string_equal(find(METHOD_GET, "/?x").route->pattern, "/");
	assert_string_equal(find(METHOD_GET, "/assets/app-B3X_9.min.js").file, "app-B3X_9.min.js");
	/* an escaped letter is that letter */
	assert_string_equal(find(METHOD_GET, "/v1/%74enants").route->pattern, "/v1/tenants");
}

static void head_is_answered_where_get_is(void **state)
{
	(void)state;
	assert_int_equal(find(METHOD_HEAD, "/livez").route->method, METHOD_GET);
	assert_null(find(METHOD_HEAD, "/v1/validate").route);
}

static void an_unknown_method_of_a_known_path_is_told_which_there_are(void **state)
{
	struct route_match match = find(METHOD_POST, "/v1/tenants/acme/pipelines/edge");
	char allow[ALLOW_SIZE];

	(void)state;
	assert_null(match.route);
	route_print_allowed(match.allowed, allow);
	assert_string_equal(allow, "GET, HEAD, PUT, PATCH, DELETE");
}

static void what_is_no_path_of_ours_has_no_methods(void **state)
{
	static const char *const unknown[] = { "", "//", "/.", "/index.html", "/assets", "/assets/", "/assets/a/b.js", "/assets/..",
		"/assets/.a.js", "/assets/a%2Fb.js", "/assets/..%2Findex.html", "/assets/a%00.js", "/assets/a%20b.js",
		"/assets//a.js", "/favicon.ico", "/v1", "/v1/", "/v1/tenants/", "/v1//tenants", "/v1/tenants//pipelines", "/v1/tenants/a/b",
		"/v1/./tenants", "/v1/x/../tenants", "/V1/tenants", "/v1/tenants/acme/pipelines/", "/v1/tenants%2Facme",
		"/v1/tenants/acme/pipelines:explode", "/v1/tenants/acme/pipelines/one:start", "/v1/tenants%00", "/livez/x",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13", "livez" };
	char longer[PATH_MAX_BYTES + 20];

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_int_equal(find(METHOD_GET, unknown[i]).allowed, 0);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "/v1/tenants/", 12);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(find(METHOD_GET, longer).allowed, 0);
}

static void a_name_that_is_none_fits_but_can_be_nobodys(void **state)
{
	static const char *const wrong[] = { "Acme", "a%2Fb", "a%00", "%61%00", "-a", "%c3%a4", "a%20b", ".." };
	char target[64];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct route_match match;

		snprintf(target, sizeof(target), "/v1/tenants/%s/pipelines", wrong[i]);
		match = find(METHOD_GET, target);
		assert_non_null(match.route);
		assert_true(match.name_wrong);
		assert_string_equal(match.tenant, API_TENANT_HIDDEN);
	}
}

static void a_percent_sign_needs_two_digits(void **state)
{
	struct route_match match;

	(void)state;
	assert_false(route_find(api_routes, METHOD_GET, "/v1/tenants/a%2", &match));
	assert_false(route_find(api_routes, METHOD_GET, "/%", &match));
	assert_false(route_find(api_routes, METHOD_GET, "/v1/%gg", &match));
	/* behind the question mark it is the query's */
	assert_true(route_find(api_routes, METHOD_GET, "/livez?%", &match));
}

static void no_two_routes_have_one_method_and_path(void **state)
{
	(void)state;
	for (const struct route *route = api_routes; route->pattern != NULL; route++) {
		for (const struct route *other = route + 1; other->pattern != NULL; other++)
			assert_true(route->method != other->method || strcmp(route->pattern, other->pattern) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_gives_its_route_and_its_names),
		cmocka_unit_test(head_is_answered_where_get_is),
		cmocka_unit_test(an_unknown_method_of_a_known_path_is_told_which_there_are),
		cmocka_unit_test(what_is_no_path_of_ours_has_no_methods),
		cmocka_unit_test(a_name_that_is_none_fits_but_can_be_nobodys),
		cmocka_unit_test(a_percent_sign_needs_two_digits),
		cmocka_unit_test(no_two_routes_have_one_method_and_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
