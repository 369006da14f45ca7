/* Entries of secadvisor's extend: what is refused, and the place of each mistake in the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/extend_template.h"
#include "common/config/pipeline_config.h"
#include "tests/unit/config/support_config.h"

#define HEAD GOOD "  transform:\n    type: secadvisor\n    secadvisor:\n      extend:\n"
#define PATH "pipeline.transform.secadvisor.extend"
enum { LINE = 12 };                           /* of the first entry */

/* One entry as it stands behind "- "; `column` counts in the document. */
static void assert_refused(const char *entry, unsigned line, unsigned column, const char *suggestion)
{
	const struct config_problem *problem;
	struct config *config;
	char text[4096];

	snprintf(text, sizeof(text), HEAD "        - %s\n", entry);
	config = load_text(text);
	problem = find_problem(config, PATH "[0]", "value");
	if (problem == NULL || problem->line != line || problem->column != column)
		print_problems(config);
	assert_non_null(problem);
	assert_int_equal(problem->severity, CONFIG_ERROR);
	assert_int_equal(problem->line, line);
	assert_int_equal(problem->column, column);
	assert_string_equal(problem->suggestion, suggestion);
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 1);
	config_free(&config);
}

static void entries_of_the_exporter_are_taken(void **state)
{
	struct config *config = load_good(HEAD
		"        - AA_Name=G.V().Has('RoutingTables.Src','{{.Network.A}}').Values('Host')\n"
		"        - BB_Host=G.V().Has(\"RoutingTables.Src\", \"{{ .Network.B }}\").Values(\"Host\")\n"
		"        - Up=G.V('{{.UUID}}-{{.UpdateCount}}-{{.Status}}')\n"
		"        - a.b-c_1={{.Metric.ABBytes}} {{.Context.A.Name}} = {x}\n");

	(void)state;
	assert_int_equal(config_pipeline(config)->transform.extend.count, 4);
	assert_int_equal(config_problem_count(config, CONFIG_WARNING), 1);
	assert_problem(config, PATH "[3]", "value", LINE + 3, 41);
	config_free(&config);
}

static void what_is_no_entry_is_refused_at_its_place(void **state)
{
	(void)state;
	assert_refused("nothing", LINE, 11, "");
	assert_refused("=G.V()", LINE, 11, "");
	assert_refused("A B=G.V()", LINE, 12, "");
	assert_refused("\"A\\\"=G.V()\"", LINE, 13, "");
	assert_refused("A=", LINE, 13, "");
	assert_refused("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=x", LINE, 11, "");
}

static void unknown_fields_are_refused_with_what_was_meant(void **state)
{
	(void)state;
	assert_refused("X='{{.Nope}}'", LINE, 16, "");
	assert_refused("X='{{.Network.C}}'", LINE, 16, ".Network.A");
	assert_refused("X='{{ .Netwrok.A }}'", LINE, 17, ".Network.A");
	assert_refused("X='{{.Network.A_Name}}'", LINE, 16, ".Network.AName");
	assert_refused("X='{{Network.A}}'", LINE, 16, ".Network.A");
	assert_refused("X='{{.UUID}}{{.uuid}}'", LINE, 25, ".UUID");
	assert_refused("X='{{.Network}}'", LINE, 16, "");
	assert_refused("X='{{.Context.A}}'", LINE, 16, "");
}

static void what_templates_of_go_know_beyond_fields_is_refused(void **state)
{
	(void)state;
	assert_refused("X={{.}}", LINE, 15, "");
	assert_refused("X={{}}", LINE, 15, "");
	assert_refused("X={{- .UUID -}}", LINE, 15, "");
	assert_refused("X={{/* no */}}", LINE, 15, "");
	assert_refused("X={{printf .UUID}}", LINE, 15, "");
	assert_refused("X={{.UUID | len}}", LINE, 15, "");
	assert_refused("X={{$a}}", LINE, 15, "");
	assert_refused("X={{{.UUID}}", LINE, 15, "");
	assert_refused("X={{.UUID.}}", LINE, 15, "");
}

static void braces_without_their_others_are_refused(void **state)
{
	(void)state;
	assert_refused("X='{{.Network'", LINE, 14, "");
	assert_refused("X=a}}b", LINE, 14, "");
	assert_refused("X=''{{", LINE, 15, "");
}

static void places_are_found_however_the_text_was_written(void **state)
{
	(void)state;
	assert_refused("'X=G.V(''a'',''{{.Nope}}'')'", LINE, 28, "");
	assert_refused("\"X=G.V(\\\"a\\\", \\\"{{.Nope}}\\\")\"", LINE, 29, "");
	assert_refused("\"X=\\u00e4\\x41\\\n          {{.Nope}}\"", LINE + 1, 13, "");
	assert_refused("X=ä€{{.Nope}}", LINE, 17, "");
	assert_refused("X=a  \n          b  c\n            {{.Nope}}", LINE + 2, 15, "");
	assert_refused(">-\n          X=a\n          {{.Nope}}", LINE + 2, 13, "");
	assert_refused("|-\n          X=\"{{.Nope}}\"", LINE + 1, 16, "");
}

static void entries_of_json_have_their_places_too(void **state)
{
	struct config *config = load_text("{\"pipeline\":{\"subscriber\":{\"url\":\"ws://a/ws/subscriber/flow\"},\n"
		"\"store\":{\"type\":\"direct\"},\"write\":{\"type\":\"stdout\"},\"transform\":{\"type\":\"secadvisor\",\n"
		"\"secadvisor\":{\"extend\":[\"A=G.V(\\\"{{.UUID}}\\\")\",\"B=\\\"{{.Nope}}\"]}}}}");

	(void)state;
	assert_problem(config, PATH "[1]", "value", 3, 55);
	config_free(&config);
}

static void names_are_given_once(void **state)
{
	struct config *config = load_text(HEAD "        - AB=x\n        - A=x\n        - A=y\n");

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 1);
	assert_problem(config, PATH "[2]", "value", LINE + 2, 11);
	config_free(&config);
}

static void all_mistakes_are_told_at_once(void **state)
{
	struct config *config = load_text(HEAD "        - nothing\n        - A B='{{.X}}{{.Y}}'\n        - C={{\n");

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 5);
	config_free(&config);
}

/* What was no text has left no text behind. */
static void a_mistake_of_another_kind_moves_no_place(void **state)
{
	struct config *config = load_text(HEAD "        - [a]\n        - A='{{.X}}'\n");

	(void)state;
	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 2);
	assert_problem(config, PATH "[0]", "type", LINE, 11);
	assert_problem(config, PATH "[1]", "value", LINE + 1, 16);
	config_free(&config);
}

static void there_are_not_more_entries_than_a_record_may_have(void **state)
{
	static char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);

	(void)state;
	for (int i = 0; i <= EXTEND_ENTRIES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "        - A%d=x\n", i);
	assert_only_error(text, PATH, "range", LINE, 9);
}

static const char *from_environment(const char *name)
{
	return strcmp(name, "SKYDIVE_PIPELINE_TRANSFORM_SECADVISOR_EXTEND") == 0 ? "A=G.V('{{.UUID}}') B='{{.Nope}}'" : NULL;
}

static void what_the_environment_gives_is_told_by_its_name(void **state)
{
	struct config_options options = { .environment = from_environment };
	struct config *config = load_with(GOOD "  transform:\n    type: secadvisor\n", &options);
	const struct config_problem *problem = find_problem(config, PATH, "value");

	(void)state;
	assert_non_null(problem);
	assert_non_null(strstr(problem->message, "SKYDIVE_PIPELINE_TRANSFORM_SECADVISOR_EXTEND"));
	config_free(&config);
}

/* Every field's name leads to the field, and no two are the same. */
static void each_field_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < EXTEND_FIELDS; i++) {
		struct extend_piece piece;
		char text[64];
		struct extend_reading reading = { .at = text };

		assert_non_null(extend_field_names[i]);
		snprintf(text, sizeof(text), "{{%s}}", extend_field_names[i]);
		assert_true(extend_piece_next(&reading, &piece));
		assert_int_equal(piece.kind, EXTEND_FIELD);
		assert_int_equal(piece.field, i);
		assert_false(extend_piece_next(&reading, &piece));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_the_exporter_are_taken),
		cmocka_unit_test(what_is_no_entry_is_refused_at_its_place),
		cmocka_unit_test(unknown_fields_are_refused_with_what_was_meant),
		cmocka_unit_test(what_templates_of_go_know_beyond_fields_is_refused),
		cmocka_unit_test(braces_without_their_others_are_refused),
		cmocka_unit_test(places_are_found_however_the_text_was_written),
		cmocka_unit_test(entries_of_json_have_their_places_too),
		cmocka_unit_test(names_are_given_once),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(a_mistake_of_another_kind_moves_no_place),
		cmocka_unit_test(there_are_not_more_entries_than_a_record_may_have),
		cmocka_unit_test(what_the_environment_gives_is_told_by_its_name),
		cmocka_unit_test(each_field_is_found_by_its_name),
	};

	return cmocka_run_group_tests_name("extend", tests, NULL, NULL);
}
