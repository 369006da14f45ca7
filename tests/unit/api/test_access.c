/* Who may do what: roles, tenants, tokens, sessions. Requests go from head to reply without sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support_call.h"

static const char config[] = "{\"pipeline\":{\"subscriber\":{\"url\":\"ws://a:8082/ws/subscriber/flow\"},"
	"\"store\":{\"type\":\"direct\"},\"write\":{\"type\":\"stdout\"}},\"host_id\":\"edge-1\"}";

/* ---- roles and tenants ---- */

/* A path of the pattern, in a tenant. */
static void fill_path(const char *pattern, const char *tenant, char *path, size_t size)
{
	size_t used = 0;

	path[0] = '\0';
	while (*pattern != '\0' && used < size - 80) {
		const char *value = strncmp(pattern, "{t}", 3) == 0 ? tenant : strncmp(pattern, "{name}", 6) == 0 ? "one" :
			strncmp(pattern, "{id}", 4) == 0 ? "nobody" : strncmp(pattern, "{n}", 3) == 0 ? "1" :
			strncmp(pattern, "{file}", 6) == 0 ? "no.js" : NULL;

		if (value != NULL) {
			used += (size_t)snprintf(path + used, size - used, "%s", value);
			pattern = strchr(pattern, '}') + 1;
		} else {
			path[used++] = *pattern++;
			path[used] = '\0';
		}
	}
}

static const char *body_of(const struct route *route)
{
	if (strstr(route->pattern, "/rollback") != NULL)
		return "{\"revision\":1}";
	if (strstr(route->pattern, "/log-level") != NULL)
		return "{\"level\":\"debug\"}";
	return strstr(route->pattern, "pipelines") != NULL ? config : "{}";
}

static int status_as(const struct route *route, const char *tenant, const char *token)
{
	char path[200];
	struct call call = { .method = method_name(route->method), .target = path, .token = token };

	fill_path(route->pattern, tenant, path, sizeof(path));
	if (route->flags & ROUTE_BODY) {
		call.type = route->flags & ROUTE_DOCUMENTS ? "application/yaml" : "application/json";
		call.body = body_of(route);
	}
	call_run(&call);
	call_fini(&call);
	return call.status;
}

static void every_route_asks_for_its_role(void **state)
{
	static const struct { const char *token; enum api_role role; } callers[] = { { NULL, API_ROLE_NONE },
		{ "slc_acme_viewer", API_ROLE_VIEWER }, { "slc_acme_operator", API_ROLE_OPERATOR },
		{ "slc_admin", API_ROLE_ADMIN } };

	(void)state;
	for (const struct route *route = api_routes; route->pattern != NULL; route++) {
		for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
			int status = status_as(route, "acme", callers[i].token);
			bool may = callers[i].role >= route->role;

			if (route->flags & ROUTE_OPEN ? status == 403 : (status != 401 && status != 403) != may)
				fail_msg("%s %s as %s: %d", method_name(route->method), route->pattern,
					callers[i].token != NULL ? callers[i].token : "nobody", status);
			if (callers[i].token == NULL && !(route->flags & ROUTE_OPEN))
				assert_int_equal(status, 401);
		}
	}
}

static bool takes_none(void *owner)
{
	(void)owner;
	return false;
}

static void what_changes_something_is_refused_while_the_supervisor_ends(void **state)
{
	(void)state;
	call_world()->ops.takes_changes = takes_none;
	for (const struct route *route = api_routes; route->pattern != NULL; route++) {
		int status = status_as(route, "acme", "slc_admin");
		bool reads = route->method == METHOD_GET || route->method == METHOD_HEAD || route->flags & ROUTE_OPEN;

		if ((status == 503) == reads)
			fail_msg("%s %s: %d", method_name(route->method), route->pattern, status);
	}
}

static char *answer_as(const struct route *route, const char *tenant, const char *token)
{
	char path[200];
	struct call call = { .method = method_name(route->method), .target = path, .token = token };
	char *text;

	fill_path(route->pattern, tenant, path, sizeof(path));
	if (route->flags & ROUTE_BODY) {
		call.type = "application/json";
		call.body = body_of(route);
	}
	call_run(&call);
	/* what names the request itself */
	json_object_del(call.json, "request_id");
	json_object_del(call.json, "instance");
	text = json_dumps(call.json, JSON_SORT_KEYS);
	call_fini(&call);
	return text;
}

static void anothers_tenant_cannot_be_told_from_one_that_does_not_exist(void **state)
{
	(void)state;
	for (const struct route *route = api_routes; route->pattern != NULL; route++) {
		char *theirs, *nobodys;

		if (strstr(route->pattern, "{t}") == NULL || route->role == API_ROLE_ADMIN)
			continue;
		theirs = answer_as(route, "globex", "slc_acme_operator");
		nobodys = answer_as(route, "initech", "slc_acme_operator");
		assert_string_equal(theirs, nobodys);
		assert_non_null(strstr(theirs, "\"not_found\""));
		free(theirs);
		free(nobodys);
	}
}

static void a_list_over_tenants_has_the_callers_own_only(void **state)
{
	struct call call = { .method = "GET", .target = "/v1/pipelines", .token = "slc_globex_operator" };

	(void)state;
	call_run(&call);
	assert_int_equal(json_array_size(json_object_get(call.json, "items")), 0);
	call_fini(&call);
	call.token = "slc_acme_viewer";
	call_run(&call);
	assert_int_equal(json_array_size(json_object_get(call.json, "items")), 1);
	call_fini(&call);
}

static void a_name_in_the_query_is_confined_too(void **state)
{
	struct call call = { .method = "POST", .target = "/v1/validate?tenant=globex", .token = "slc_acme_operator",
		.type = "application/json", .body = config };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 404);
	call_fini(&call);
	call.target = "/v1/validate?probe=true";
	call.token = "slc_acme_viewer";
	call_run(&call);
	assert_int_equal(call.status, 403);
	call_fini(&call);
}

/* ---- tokens ---- */

static void a_missing_token_is_told_how_to_send_one(void **state)
{
	struct call call = { .method = "GET", .target = "/v1/pipelines" };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 401);
	assert_string_equal(call_text(&call, "code"), "token.missing");
	assert_non_null(strstr(call_header(&call, "WWW-Authenticate"), "Bearer"));
	call_fini(&call);
}

static void the_eleventh_wrong_token_has_to_wait_and_a_right_one_has_not(void **state)
{
	struct call call = { .method = "GET", .target = "/v1/pipelines", .token = "slc_wrong" };

	(void)state;
	for (int i = 0; i < THROTTLE_FAILURES; i++) {
		call_run(&call);
		assert_int_equal(call.status, 401);
		call_fini(&call);
	}
	call_run(&call);
	assert_int_equal(call.status, 429);
	assert_string_equal(call_text(&call, "code"), "auth.throttled");
	assert_true(strtol(call_header(&call, "Retry-After"), NULL, 10) > 0);
	call_fini(&call);
	call.token = "slc_admin";
	call_run(&call);
	assert_int_equal(call.status, 200);
	call_fini(&call);
	call.token = "slc_unavailable";
	call_run(&call);
	assert_int_equal(call.status, 503);
	call_fini(&call);
}

/* ---- sessions ---- */

static char *log_in(const char *token, char csrf[static SESSION_TOKEN_SIZE])
{
	char body[100];
	struct call call = { .method = "POST", .target = "/v1/session", .type = "application/json", .body = body };
	char *cookie;

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", token);
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_non_null(strstr(call_header(&call, "Set-Cookie"), "; HttpOnly; SameSite=Strict"));
	snprintf(csrf, SESSION_TOKEN_SIZE, "%s", call_text(&call, "csrf_token"));
	cookie = strdup(call_header(&call, "Set-Cookie"));
	*strchr(cookie, ';') = '\0';
	call_fini(&call);
	return cookie;
}

static void a_cookie_reads_and_writes_with_its_csrf_token_only(void **state)
{
	char csrf[SESSION_TOKEN_SIZE];
	char *cookie = log_in("slc_acme_operator", csrf);
	struct call call = { .method = "GET", .target = "/v1/session", .cookie = cookie };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_string_equal(call_text(&call, "tenant"), "acme");
	assert_string_equal(call_text(&call, "csrf_token"), csrf);
	call_fini(&call);
	call.method = "POST";
	call.target = "/v1/tenants/acme/pipelines/one/start";
	call_run(&call);
	assert_string_equal(call_text(&call, "code"), "csrf.invalid");
	call_fini(&call);
	call.csrf = csrf;
	call_run(&call);
	assert_int_equal(call.status, 202);
	call_fini(&call);
	call.method = "DELETE";
	call.target = "/v1/session";
	call_run(&call);
	assert_int_equal(call.status, 204);
	assert_non_null(strstr(call_header(&call, "Set-Cookie"), "Max-Age=0"));
	call_fini(&call);
	call_run(&call);
	assert_int_equal(call.status, 401);
	assert_string_equal(call_text(&call, "code"), "session.ended");
	call_fini(&call);
	free(cookie);
}

static void a_session_ends_with_its_token(void **state)
{
	char csrf[SESSION_TOKEN_SIZE];
	char *cookie = log_in("slc_acme_viewer", csrf);
	struct call call = { .method = "DELETE", .target = "/v1/tenants/acme/tokens/acme-v", .token = "slc_admin" };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 204);
	call_fini(&call);
	call = (struct call){ .method = "GET", .target = "/v1/session", .cookie = cookie };
	call_run(&call);
	assert_int_equal(call.status, 401);
	call_fini(&call);
	free(cookie);
}

static void pages_of_other_sites_are_refused(void **state)
{
	char csrf[SESSION_TOKEN_SIZE];
	char *cookie = log_in("slc_acme_operator", csrf);
	struct call call = { .method = "GET", .target = "/v1/session", .cookie = cookie, .host = "evil.example:8470" };

	(void)state;
	call_run(&call);
	assert_string_equal(call_text(&call, "code"), "host.refused");
	call_fini(&call);
	call.host = "localhost:8470";
	call.origin = "http://evil.example";
	call_run(&call);
	assert_string_equal(call_text(&call, "code"), "origin.refused");
	call_fini(&call);
	call.origin = "https://localhost:8470";
	call_run(&call);
	assert_string_equal(call_text(&call, "code"), "origin.refused");
	call_fini(&call);
	call.origin = "http://localhost:8470";
	call_run(&call);
	assert_int_equal(call.status, 200);
	call_fini(&call);
	free(cookie);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_changes_something_is_refused_while_the_supervisor_ends),
		TEST(every_route_asks_for_its_role),
		TEST(anothers_tenant_cannot_be_told_from_one_that_does_not_exist),
		TEST(a_list_over_tenants_has_the_callers_own_only),
		TEST(a_name_in_the_query_is_confined_too),
		TEST(a_missing_token_is_told_how_to_send_one),
		TEST(the_eleventh_wrong_token_has_to_wait_and_a_right_one_has_not),
		TEST(a_cookie_reads_and_writes_with_its_csrf_token_only),
		TEST(a_session_ends_with_its_token),
		TEST(pages_of_other_sites_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
