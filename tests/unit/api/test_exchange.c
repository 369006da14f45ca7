/* Requests from head to reply, without sockets: every refusal with its code and pointer, pipelines. */
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

/* ---- refusals ---- */

struct refusal {
	const char *method, *target, *type, *body;
	int status;
	const char *code;
	const char *pointer;          /* of one of the errors; NULL: none is asked for */
	const char *match;            /* If-Match */
};

#define JSON "application/json"
#define YAML "application/yaml"
#define ONE "/v1/tenants/acme/pipelines/one"

static const struct refusal refusals[] = {
	{ "GET", "/v1/tenants/%", NULL, NULL, 400, "path.encoding", NULL, NULL },
	{ "GET", "/v1/nothing", NULL, NULL, 404, "not_found", NULL, NULL },
	{ "GET", "/v1/tenants/acme%2Fx", NULL, NULL, 404, "not_found", NULL, NULL },
	{ "GET", "/v1/tenants/acme%00", NULL, NULL, 404, "not_found", NULL, NULL },
	{ "PUT", "/v1/tenants/Acme", JSON, "{}", 400, "name.invalid", NULL, NULL },
	{ "PATCH", "/v1/tenants/acme", JSON, "{}", 405, "method.not_allowed", NULL, NULL },
	{ "OPTIONS", "/v1/tenants", NULL, NULL, 405, "method.not_allowed", NULL, NULL },
	{ "GET", "/v1/tenants?limit=x", NULL, NULL, 400, "query.invalid", "?limit", NULL },
	{ "GET", ONE "?q=x", NULL, NULL, 400, "query.invalid", "?q", NULL },
	{ "PUT", ONE, NULL, "{}", 415, "body.media_type", NULL, NULL },
	{ "PUT", ONE, "text/plain", "{}", 415, "body.media_type", NULL, NULL },
	{ "PUT", ONE, "application/merge-patch+json", "{}", 415, "body.media_type", NULL, NULL },
	{ "PUT", ONE, JSON, NULL, 400, "body.missing", NULL, NULL },
	{ "DELETE", ONE, JSON, "{}", 400, "body.unexpected", NULL, NULL },
	{ "PUT", ONE, JSON, "{", 400, "body.syntax", "", NULL },
	{ "PUT", ONE, JSON, "{\"a\":1,\"a\":2}", 400, "body.syntax", "", NULL },
	{ "PUT", ONE, JSON, "{\"a\":\"\xff\"}", 400, "body.syntax", "", NULL },
	{ "PUT", ONE, JSON, "{\"a\":\"\\u0000\"}", 400, "body.syntax", "", NULL },
	{ "PUT", ONE, JSON, "[]", 422, "body.type", NULL, NULL },
	{ "PUT", ONE, YAML, "a: 1\na: 2\n", 400, "body.syntax", "/a", NULL },
	{ "PUT", ONE, YAML, "- 1\n", 422, "body.type", NULL, NULL },
	{ "PUT", ONE, JSON, "{}", 422, "config.invalid", "/pipeline/subscriber/url", NULL },
	{ "PUT", ONE, JSON, "{\"config\":{\"pipelin\":{}}}", 422, "config.invalid", "/config/pipelin", NULL },
	{ "PUT", ONE, JSON, "{\"desired_state\":\"up\"}", 422, "body.invalid", "/desired_state", NULL },
	{ "PUT", ONE, JSON, "{\"config\":[]}", 422, "body.invalid", "/config", NULL },
	{ "PUT", ONE, JSON, "{\"config\":{},\"pipeline\":{}}", 422, "body.invalid", "/pipeline", NULL },
	{ "PUT", ONE, JSON, "{\"labels\":{\"a b\":\"\"}}", 422, "body.invalid", "/labels", NULL },
	{ "PUT", ONE, JSON, "{\"labels\":{\"a\":1}}", 422, "body.invalid", "/labels", NULL },
	{ "PUT", ONE, JSON, "{\"limits\":{\"restarts\":\"5\"}}", 422, "body.invalid", "/limits/restarts", NULL },
	{ "PUT", ONE, JSON, "{\"limits\":{\"restart\":\"5/60s\"}}", 422, "body.invalid", "/limits/restart", NULL },
	{ "PUT", ONE, JSON, "{\"name\":\"two\",\"config\":{}}", 422, "body.invalid", "/name", NULL },
	{ "PUT", ONE, JSON, "{\"description\":\"a\\u0007\"}", 422, "body.invalid", "/description", NULL },
	{ "PUT", ONE, JSON, "{}", 412, "etag.stale", NULL, "\"9\", W/\"1\"" },
	{ "PATCH", ONE, JSON, "{}", 412, "etag.stale", NULL, "\"9\"" },
	{ "PUT", "/v1/tenants/acme/pipelines/new", JSON, "{}", 412, "etag.stale", NULL, "*" },
	{ "PUT", ONE, JSON, "{}", 400, "if_match.invalid", NULL, "9" },
	{ "PUT", ONE, JSON, "{}", 400, "if_match.invalid", NULL, "\"9" },
	{ "PUT", ONE, JSON, "{}", 400, "if_match.invalid", NULL, "\"9\" \"8\"" },
	{ "PUT", ONE, JSON, "{}", 400, "if_match.invalid", NULL, "" },
	{ "PATCH", ONE, JSON, "{\"config\":null}", 422, "body.invalid", "/config", NULL },
	{ "PATCH", ONE, JSON, "{\"pipeline\":{\"store\":{\"type\":\"x\"}}}", 422, "config.invalid", "/pipeline/store/type",
		NULL },
	{ "POST", "/v1/tenants/acme/pipelines", JSON, "{\"config\":{}}", 422, "body.invalid", "/name", NULL },
	{ "POST", "/v1/tenants/acme/pipelines?name=one", JSON, config, 409, "pipeline.exists", NULL, NULL },
	{ "PUT", "/v1/tenants/acme/pipelines/two", JSON, config, 409, "host_id.in_use", "/host_id", NULL },
	{ "POST", ONE "/start?wait=1h", NULL, NULL, 400, "query.invalid", "?wait", NULL },
	{ "POST", ONE "/start", JSON, "{\"force\":true}", 422, "body.invalid", "/force", NULL },
	{ "POST", ONE "/stop", JSON, "{\"force\":1}", 422, "body.invalid", "/force", NULL },
	{ "POST", ONE "/stop", JSON, "{\"drain_timeout\":\"2d\"}", 422, "body.invalid", "/drain_timeout", NULL },
	{ "PUT", "/v1/tenants/acme", JSON, "{\"limits\":{\"sinks\":[\"s4\"]}}", 422, "body.invalid", "/limits/sinks", NULL },
	{ "PUT", "/v1/tenants/acme", JSON, "{\"limits\":{\"pipelines\":-1}}", 422, "body.invalid", "/limits/pipelines", NULL },
	{ "DELETE", "/v1/tenants/acme", NULL, NULL, 409, "tenant.not_empty", NULL, NULL },
	{ "POST", "/v1/tenants/acme/tokens", JSON, "{}", 422, "body.invalid", "/role", NULL },
	{ "POST", "/v1/tenants/acme/tokens", JSON, "{\"role\":\"admin\"}", 422, "body.invalid", "/role", NULL },
	{ "POST", "/v1/tokens", JSON, "{\"role\":\"viewer\"}", 422, "body.invalid", "/role", NULL },
	{ "POST", "/v1/tokens", JSON, "{\"expires_at\":\"soon\"}", 422, "body.invalid", "/expires_at", NULL },
	{ "DELETE", "/v1/tokens/nobody", NULL, NULL, 404, "not_found", NULL, NULL },
	{ "DELETE", "/v1/session", NULL, NULL, 409, "session.none", NULL, NULL },
	{ "POST", "/v1/session", JSON, "{}", 422, "body.invalid", "/token", NULL },
	{ "POST", "/v1/session", JSON, "{\"token\":\"slc_wrong\"}", 401, "token.invalid", NULL, NULL },
};

static bool has_error(const json_t *problem, const char *pointer)
{
	size_t index;
	json_t *error;

	json_array_foreach(json_object_get(problem, "errors"), index, error) {
		if (strcmp(json_string_value(json_object_get(error, "pointer")), pointer) == 0)
			return true;
	}
	return false;
}

static void every_refusal_has_its_status_code_and_pointer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];
		struct call call = { .method = refusal->method, .target = refusal->target, .type = refusal->type,
			.body = refusal->body, .match = refusal->match, .token = "slc_admin" };

		call_run(&call);
		if (call.status != refusal->status || strcmp(call_text(&call, "code"), refusal->code) != 0)
			fail_msg("number %zu, %s %s: %d %s", i, refusal->method, refusal->target, call.status,
				call_text(&call, "code"));
		if (refusal->pointer != NULL && !has_error(call.json, refusal->pointer))
			fail_msg("number %zu, %s %s: no error at %s", i, refusal->method, refusal->target, refusal->pointer);
		assert_string_equal(call.content_type, "application/problem+json");
		assert_string_equal(call_text(&call, "request_id"), call_header(&call, "X-Request-ID"));
		call_fini(&call);
	}
}

static void mistakes_of_envelope_and_configuration_are_told_together(void **state)
{
	struct call call = { .method = "PUT", .target = ONE, .type = YAML, .token = "slc_admin",
		.body = "desired_state: up\nconfig:\n  pipeline:\n    storee: {}\n" };
	const json_t *errors;
	bool found = false;
	size_t index;
	json_t *error;

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 422);
	errors = json_object_get(call.json, "errors");
	assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "pointer")), "/desired_state");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(errors, 0), "line")), 1);
	json_array_foreach(errors, index, error) {
		if (strcmp(json_string_value(json_object_get(error, "pointer")), "/config/pipeline/storee") != 0)
			continue;
		found = true;
		assert_int_equal(json_integer_value(json_object_get(error, "line")), 4);
		assert_int_equal(json_integer_value(json_object_get(error, "column")), 5);
		assert_string_equal(json_string_value(json_object_get(error, "suggestion")), "store");
	}
	assert_true(found);
	call_fini(&call);
}

/* ---- pipelines ---- */

static void put_creates_then_changes_nothing_then_replaces(void **state)
{
	struct call call = { .method = "PUT", .target = "/v1/tenants/acme/pipelines/fresh", .type = YAML,
		.token = "slc_acme_operator", .body = "pipeline:\n  subscriber: {url: 'ws://a:8082/x'}\n  store: {type: direct}\n"
		"  write: {type: stdout}\n" };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 201);
	assert_string_equal(call_header(&call, "Location"), "/v1/tenants/acme/pipelines/fresh");
	assert_string_equal(call_header(&call, "ETag"), "\"1\"");
	call_fini(&call);
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_true(json_is_false(json_object_get(call.json, "changed")));
	call_fini(&call);
	call.body = "pipeline:\n  subscriber: {url: 'ws://b:8082/x'}\n  store: {type: direct}\n  write: {type: stdout}\n";
	call.match = "\"0\", \"1\"";
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_true(json_is_true(json_object_get(call.json, "changed")));
	assert_string_equal(call_header(&call, "ETag"), "\"2\"");
	call_fini(&call);
}

static void a_patch_changes_its_part_and_null_takes_away(void **state)
{
	struct call call = { .method = "PATCH", .target = ONE, .type = "application/merge-patch+json", .token = "slc_admin",
		.body = "{\"labels\":{\"env\":\"prod\",\"x\":\"y\"},\"description\":\"first\"}" };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_string_equal(call_text(&call, "description"), "first");
	call_fini(&call);
	call.body = "{\"labels\":{\"x\":null},\"description\":null}";
	call_run(&call);
	assert_int_equal(json_object_size(json_object_get(call.json, "labels")), 1);
	assert_string_equal(call_text(&call, "description"), "");
	assert_true(json_is_false(json_object_get(call.json, "changed")));
	call_fini(&call);
	/* without a member of the envelope it is about the configuration */
	call.body = "{\"pipeline\":{\"filter\":{\"excluded_tags\":[\"other\"]}}}";
	call_run(&call);
	assert_int_equal(call.status, 200);
	assert_true(json_is_true(json_object_get(call.json, "changed")));
	call_fini(&call);
}

static void a_configuration_comes_back_as_yaml_when_that_is_asked_for(void **state)
{
	struct call call = { .method = "GET", .target = ONE, .token = "slc_acme_viewer", .accept = "application/yaml" };

	(void)state;
	call_run(&call);
	assert_string_equal(call.content_type, "application/yaml");
	assert_non_null(strstr(call.text, "host_id: edge-1\n"));
	assert_null(strstr(call.text, "desired_state"));
	call_fini(&call);
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
	char target[300] = "/v1/tenants?limit=1";
	struct call call = { .method = "GET", .target = target, .token = "slc_admin" };
	int pages = 0;

	(void)state;
	for (; target[0] != '\0'; pages++) {
		const char *next;

		call_run(&call);
		assert_int_equal(json_array_size(json_object_get(call.json, "items")), 1);
		next = json_string_value(json_object_get(call.json, "next_page_token"));
		if (next != NULL)
			snprintf(target, sizeof(target), "/v1/tenants?limit=1&page_token=%s", next);
		else
			target[0] = '\0';
		call_fini(&call);
	}
	assert_int_equal(pages, 2);
}

/* ---- imports ---- */

static void a_large_body_is_taken_once_at_a_time(void **state)
{
	struct call first = { .method = "POST", .target = "/v1/import?dry_run=true", .token = "slc_admin",
		.type = "application/yaml", .body = "kind: tenant\n" };
	struct call second = first, json = first;

	(void)state;
	call_run(&first);
	assert_int_equal(first.result, API_PENDING);
	call_run(&second);
	assert_int_equal(second.status, 503);
	assert_string_equal(call_text(&second, "code"), "import.running");
	call_fini(&second);
	/* who was refused had nothing to give back */
	call_run(&second);
	assert_int_equal(second.status, 503);
	call_fini(&second);
	call_fini(&first);
	call_run(&second);
	assert_int_equal(second.result, API_PENDING);
	call_fini(&second);
	json.type = "application/json";
	call_run(&json);
	assert_int_equal(json.status, 415);
	assert_string_equal(call_header(&json, "Accept"), "application/yaml");
	call_fini(&json);
}

/* ---- open routes ---- */

static void health_needs_no_token_and_says_what_is_wrong(void **state)
{
	struct call call = { .method = "GET", .target = "/readyz" };

	(void)state;
	call_run(&call);
	assert_int_equal(call.status, 200);
	call_fini(&call);
	call_world()->fake.ready = false;
	call_run(&call);
	assert_int_equal(call.status, 503);
	assert_string_equal(call.content_type, "application/json");
	assert_int_equal(json_array_size(json_object_get(call.json, "not_ready")), 1);
	call_fini(&call);
	call.target = "/livez";
	call_run(&call);
	assert_int_equal(call.status, 200);
	call_fini(&call);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_refusal_has_its_status_code_and_pointer),
		TEST(mistakes_of_envelope_and_configuration_are_told_together),
		TEST(put_creates_then_changes_nothing_then_replaces),
		TEST(a_patch_changes_its_part_and_null_takes_away),
		TEST(a_configuration_comes_back_as_yaml_when_that_is_asked_for),
		TEST(pages_go_on_where_the_last_one_ended),
		TEST(a_large_body_is_taken_once_at_a_time),
		TEST(health_needs_no_token_and_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
