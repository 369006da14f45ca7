/* stage-run: README.md beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/account.h"
#include "run.h"
#include "worker/spool.h"

static int64_t last_at_ms;
static struct config *loaded;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "stage-run: %s: %s\n", what, which);
	exit(1);
}

/* ---- the configuration ---- */

static struct config *load_config(const char *path)
{
	static char text[CONFIG_TEXT_MAX + 1];
	const struct config_options options = { .environment = NULL };
	FILE *file = fopen(path, "re");
	struct config *config;
	struct err err;

	if (file == NULL)
		fail("cannot open", path);
	must(config_load(&config, text, fread(text, 1, sizeof(text), file), &options, &err), &err);
	fclose(file);
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		if (problem->severity == CONFIG_ERROR)
			fail(problem->path, problem->message);
	}
	return config;
}

/* ---- lines in ---- */

/* The index of a member's text in a list of names; 0 without the member. */
static int choice(const json_t *line, const char *member, const char *const *names)
{
	const char *text = json_string_value(json_object_get(line, member));

	for (int i = 0; text != NULL && names[i] != NULL; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	if (text != NULL)
		fail(member, text);
	return 0;
}

static int64_t at_of(const json_t *line)
{
	int64_t at_ms = json_integer_value(json_object_get(line, "at"));

	if (at_ms < last_at_ms)
		fail("at", "goes back");
	return last_at_ms = at_ms;
}

static int push(struct run *run, const json_t *line, json_t *flows, struct err *err)
{
	static const char *const ends[] = { "commit", "undo", "kill", NULL };
	json_t *envelope = json_pack("{s:s,s:s,s:s,s:i,s:O}", "Namespace", "flow", "Type", "store", "UUID", "x", "Status", 200,
		"Obj", flows);
	char *text = json_dumps(envelope, JSON_COMPACT);
	size_t length = strlen(text);
	char *message = calloc(1, length + DECODE_PADDING);
	const json_t *arrived = json_object_get(line, "arrived");
	int64_t at_ms = at_of(line);
	int error;

	if (message == NULL)
		fail("no memory", "");
	memcpy(message, text, length);
	free(text);
	json_decref(envelope);
	error = run_push(run, message, length, arrived != NULL ? json_integer_value(arrived) : at_ms, (enum run_end)choice(line, "then", ends), err);
	free(message);
	return error;
}

static void restart(struct run *run, const json_t *line)
{
	static const char *const restarts[] = { "kill", "lost", "stop", NULL };
	const char *path = json_string_value(json_object_get(line, "config"));
	struct config *before = loaded;

	if (path != NULL)
		loaded = load_config(path);
	run_restart(run, (enum run_restart)choice(line, "restart", restarts), config_pipeline(loaded));
	if (path != NULL)
		config_free(&before);
}

static int obey(struct run *run, const json_t *line, struct err *err)
{
	json_t *flows = json_object_get(line, "flows");

	if (json_is_true(json_object_get(line, "begin"))) {
		run_end(run);
		run_begin(run, config_pipeline(loaded));
		last_at_ms = 0;
		return 0;
	}
	if (json_object_get(line, "restart") != NULL) {
		restart(run, line);
		return 0;
	}
	if (json_is_true(json_object_get(line, "gap"))) {
		run_gap(run);
		return 0;
	}
	if (flows != NULL)
		return push(run, line, flows, err);
	if (json_is_true(json_object_get(line, "flush")))
		return run_flush(run, at_of(line), err);
	run_unread(run, json_is_integer(json_object_get(line, "unread")) ?
		json_integer_value(json_object_get(line, "unread")) : -1);
	return run_timers(run, at_of(line), json_is_true(json_object_get(line, "late")), err);
}

/* ---- lines out ---- */

static json_t *account_json(const struct account *account)
{
	const struct { const char *name; uint64_t value; } bins[] = {
		{ "passed", account->passed }, { "excluded_capture", account->excluded_capture },
		{ "excluded_tag", account->excluded_tag }, { "excluded_started", account->excluded_started },
		{ "excluded_rule", account->excluded_rule }, { "lost_error", account->lost_error },
		{ "lost_overflow", account->lost_overflow }, { "lost_spool", account->lost_spool },
		{ "waiting_state", account->waiting_state }, { "waiting_spool", account->waiting_spool },
		{ "records_out", account->records_out }, { "records_unresolved", account->records_unresolved },
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(bins) / sizeof(*bins); i++)
		if (bins[i].value != 0)
			json_object_set_new(object, bins[i].name, json_integer((json_int_t)bins[i].value));
	return object;
}

static void answer(struct run *run, int error)
{
	int64_t due = run_due(run);
	json_t *object = json_pack("{s:O,s:o,s:O,s:o}", "records", run->records, "account",
		account_json(spool_account(run->spool)), "events", run->events, "due",
		due == INT64_MAX ? json_null() : json_integer(due));

	if (error != 0)
		json_object_set_new(object, "error", json_string(err_name(error)));
	if (json_dumpf(object, stdout, JSON_COMPACT) != 0)
		fail("cannot write", "the answer");
	putchar('\n');
	fflush(stdout);
	json_decref(object);
	json_array_clear(run->records);
	json_array_clear(run->events);
}

int main(int argc, char **argv)
{
	bool flow_log = argc > 1 && strcmp(argv[1], "--flow-log") == 0;
	struct run run;
	char *text = NULL;
	size_t size = 0;

	if (argc != 2 + flow_log) {
		fprintf(stderr, "usage: stage-run [--flow-log] CONFIG < schedule\n");
		return 2;
	}
	loaded = load_config(argv[1 + flow_log]);
	registry_fill(flow_log);
	run_begin(&run, config_pipeline(loaded));
	while (getline(&text, &size, stdin) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		struct err err;

		if (!json_is_object(line))
			fail("no JSON object", text);
		answer(&run, obey(&run, line, &err));
		json_decref(line);
	}
	free(text);
	run_end(&run);
	config_free(&loaded);
	return 0;
}
