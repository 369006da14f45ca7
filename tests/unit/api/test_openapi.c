/* The table of routes and the OpenAPI document are held against each other, in both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api/fields.h"
#include "api/handlers.h"
#include "api/method.h"
#include "api/router.h"

static json_t *document;

static const char *const method_keys[] = { "get", "head", "put", "post", "patch", "delete", "options", "trace" };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* Follows {"$ref": "#/a/b/c"}. */
static const json_t *resolve(const json_t *object)
{
	const char *reference = json_string_value(json_object_get(object, "$ref"));
	char path[200];
	char *rest = path;
	char *step;

	if (reference == NULL)
		return object;
	snprintf(path, sizeof(path), "%s", reference + 2);
	object = document;
	while ((step = strsep(&rest, "/")) != NULL)
		object = json_object_get(object, step);
	if (object == NULL)
		fail_msg("%s leads nowhere", reference);
	return object;
}

static const json_t *operation_of(const struct route *route)
{
	const json_t *path = json_object_get(json_object_get(document, "paths"), route->pattern);

	return json_object_get(path, method_keys[route->method]);
}

/* The next that is a call of the API, from route on; NULL: there is none. */
static const struct route *call_from(const struct route *route)
{
	while (route->pattern != NULL && route->flags & ROUTE_FILE)
		route++;
	return route->pattern != NULL ? route : NULL;
}

static void every_route_is_described(void **state)
{
	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		if (operation_of(route) == NULL)
			fail_msg("%s %s is not described", method_name(route->method), route->pattern);
	}
}

static bool has_route(const char *path, const char *method)
{
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		if (strcmp(route->pattern, path) == 0 && strcmp(method_keys[route->method], method) == 0)
			return true;
	}
	return false;
}

static void every_description_has_a_route(void **state)
{
	const char *path, *method;
	json_t *item, *operation;

	(void)state;
	json_object_foreach(json_object_get(document, "paths"), path, item) {
		json_object_foreach(item, method, operation) {
			if (strcmp(method, "parameters") != 0 && !has_route(path, method))
				fail_msg("%s %s has no route", method, path);
		}
	}
}

static void only_get_of_files_is_not_described_and_needs_no_token(void **state)
{
	size_t files = 0;

	(void)state;
	for (const struct route *route = api_routes; route->pattern != NULL; route++) {
		if (!(route->flags & ROUTE_FILE))
			continue;
		files++;
		assert_int_equal(route->flags, ROUTE_OPEN | ROUTE_FILE);
		assert_int_equal(route->method, METHOD_GET);
		assert_int_equal(route->role, API_ROLE_NONE);
		assert_true(strcmp(route->pattern, "/") == 0 || strncmp(route->pattern, "/assets/", 8) == 0);
	}
	assert_int_equal(files, 2);
}

static void roles_and_open_routes_agree(void **state)
{
	static const char *const names[] = { "none", "viewer", "operator", "admin" };

	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		const json_t *operation = operation_of(route);

		if (strcmp(text_of(operation, "x-role"), names[route->role]) != 0 ||
			(json_object_get(operation, "security") != NULL) != ((route->flags & ROUTE_OPEN) != 0))
			fail_msg("%s %s: another role", method_name(route->method), route->pattern);
	}
}

static bool has_parameter(const json_t *list, const char *in, const char *name)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item) {
		const json_t *parameter = resolve(item);

		if (strcmp(text_of(parameter, "in"), in) == 0 && strcmp(text_of(parameter, "name"), name) == 0)
			return true;
	}
	return false;
}

static void query_parameters_agree(void **state)
{
	static const struct { const char *name; unsigned query; } names[] = { { "limit", QUERY_PAGE | QUERY_TAP },
		{ "page_token", QUERY_PAGE }, { "state", QUERY_FILTER }, { "label", QUERY_FILTER }, { "q", QUERY_Q },
		{ "fields", QUERY_FIELDS }, { "dry_run", QUERY_DRY_RUN }, { "wait", QUERY_WAIT }, { "force", QUERY_FORCE },
		{ "discard", QUERY_DISCARD }, { "probe", QUERY_PROBE }, { "prune", QUERY_PRUNE },
		{ "secrets", QUERY_SECRETS }, { "tenant", QUERY_TENANT }, { "name", QUERY_NAME },
		{ "pipeline", QUERY_PIPELINE }, { "tail", QUERY_LOG }, { "since", QUERY_LOG | QUERY_AUDIT },
		{ "follow", QUERY_LOG }, { "duration", QUERY_TAP }, { "action", QUERY_AUDIT }, { "who", QUERY_AUDIT },
		{ "figures", QUERY_EVENTS }, { "replay", QUERY_EVENTS } };

	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		const json_t *list = json_object_get(operation_of(route), "parameters");
		size_t described = 0, expected = 0, index;
		json_t *item;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			bool wanted = (route->query & names[i].query) != 0;

			expected += wanted;
			if (has_parameter(list, "query", names[i].name) != wanted)
				fail_msg("%s %s: ?%s", method_name(route->method), route->pattern, names[i].name);
		}
		json_array_foreach(list, index, item)
			described += strcmp(text_of(resolve(item), "in"), "query") == 0;
		assert_int_equal(described, expected);
	}
}

static void path_parameters_agree(void **state)
{
	static const char *const names[] = { "t", "name", "id", "n" };

	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		const json_t *path = json_object_get(json_object_get(document, "paths"), route->pattern);

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			char part[16];

			snprintf(part, sizeof(part), "{%s}", names[i]);
			assert_int_equal(strstr(route->pattern, part) != NULL,
				has_parameter(json_object_get(path, "parameters"), "path", names[i]));
		}
	}
}

static void bodies_and_their_types_agree(void **state)
{
	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		const json_t *body = json_object_get(operation_of(route), "requestBody");
		const json_t *types = json_object_get(body, "content");

		assert_int_equal(body != NULL, (route->flags & (ROUTE_BODY | ROUTE_BODY_OPTIONAL)) != 0);
		if (body == NULL)
			continue;
		assert_int_equal(json_is_true(json_object_get(body, "required")), (route->flags & ROUTE_BODY) != 0);
		assert_int_equal(json_object_get(types, "application/json") != NULL, (route->flags & ROUTE_DOCUMENTS) == 0);
		assert_non_null(json_object_get(types, "application/yaml"));
		assert_int_equal(json_object_get(types, "application/merge-patch+json") != NULL,
			(route->flags & ROUTE_PATCH) != 0);
	}
}

static void refusals_that_follow_from_a_route_are_described(void **state)
{
	(void)state;
	for (const struct route *route = call_from(api_routes); route != NULL; route = call_from(route + 1)) {
		const json_t *responses = json_object_get(operation_of(route), "responses");
		bool open = route->flags & ROUTE_OPEN;
		bool body = route->flags & (ROUTE_BODY | ROUTE_BODY_OPTIONAL);
		const struct { const char *status; bool wanted; } statuses[] = { { "400", true }, { "401", !open },
			{ "403", !open }, { "429", !open }, { "404", strchr(route->pattern, '{') != NULL }, { "413", body },
			{ "415", body }, { "422", body } };

		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
			if (statuses[i].wanted && json_object_get(responses, statuses[i].status) == NULL)
				fail_msg("%s %s: %s", method_name(route->method), route->pattern, statuses[i].status);
		}
	}
}

static void assert_members(const char *schema, const struct field *fields)
{
	char reference[80];
	json_t *object;
	const json_t *properties;
	size_t count = 0;

	snprintf(reference, sizeof(reference), "#/components/schemas/%s", schema);
	object = json_pack("{s:s}", "$ref", reference);
	properties = json_object_get(resolve(object), "properties");
	for (; fields->name != NULL; fields++, count++) {
		if (json_object_get(properties, fields->name) == NULL)
			fail_msg("%s of %s is not described", fields->name, schema);
	}
	assert_int_equal(json_object_size(properties), count);
	json_decref(object);
}

static void the_members_of_bodies_agree(void **state)
{
	(void)state;
	assert_members("TenantInput", tenant_fields);
	assert_members("TokenInput", token_fields);
	assert_members("PipelineEnvelope", pipeline_envelope_fields);
	assert_members("VerbInput", verb_fields);
	assert_members("StartInput", start_fields);
	assert_members("SessionInput", session_fields);
	assert_members("TenantDocument", tenant_document_fields);
	assert_members("PipelineDocument", pipeline_document_fields);
}

static void check_references(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	if (json_is_object(value)) {
		resolve(value);
		json_object_foreach((json_t *)value, key, member)
			check_references(member);
	} else {
		json_array_foreach(value, index, member)
			check_references(member);
	}
}

static void no_reference_leads_nowhere(void **state)
{
	(void)state;
	check_references(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(every_description_has_a_route),
		cmocka_unit_test(only_get_of_files_is_not_described_and_needs_no_token),
		cmocka_unit_test(roles_and_open_routes_agree),
		cmocka_unit_test(query_parameters_agree),
		cmocka_unit_test(path_parameters_agree),
		cmocka_unit_test(bodies_and_their_types_agree),
		cmocka_unit_test(refusals_that_follow_from_a_route_are_described),
		cmocka_unit_test(the_members_of_bodies_agree),
		cmocka_unit_test(no_reference_leads_nowhere),
	};
	int failed;

	document = json_loadb(api_openapi_json, api_openapi_json_length, 0, NULL);
	failed = document == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(document);
	return failed;
}
