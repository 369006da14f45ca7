#include "supervisor/serve/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/pipeline_fields.h"

enum { CANONICAL_CAP = 1 << 20, POINTER_SIZE = 256 };

/* ---- secrets in a tree ---- */

/* The object that holds the path's last member, and that member's name; NULL: there is none. */
static json_t *holder_of(json_t *root, const char *path, const char **name)
{
	const char *dot;

	while (json_is_object(root) && (dot = strchr(path, '.')) != NULL) {
		char section[64];

		snprintf(section, sizeof(section), "%.*s", (int)(dot - path), path);
		root = json_object_get(root, section);
		path = dot + 1;
	}
	*name = path;
	return json_is_object(root) && json_object_get(root, path) != NULL ? root : NULL;
}

static bool is_kept(const json_t *value)
{
	return json_is_object(value) && json_is_true(json_object_get(value, "set")) && json_object_size(value) == 1;
}

static bool is_nothing(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

/* Each secret out of `shown`; what is kept is put into `whole`. */
static void take_secrets(struct composed *composed, const struct store_secrets *stored)
{
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *name, *kept;
		json_t *holder = option->type == OPTION_SECRET ? holder_of(composed->whole, option->path, &name) : NULL;
		json_t *value = holder != NULL ? json_object_get(holder, name) : NULL;
		struct store_secret *secret = &composed->secrets[composed->secret_count];

		if (value == NULL || is_nothing(value) || composed->secret_count == COMPOSE_SECRETS)
			continue;
		*secret = (struct store_secret){ option->path, NULL };
		if (is_kept(value)) {
			kept = stored != NULL ? store_secrets_value(stored, option->path) : NULL;
			/* a missing one is the store's to refuse; for the checks something stands there */
			json_object_set_new(holder, name, json_string(kept != NULL ? kept : "kept"));
		} else if (json_is_string(value)) {
			secret->value = json_string_value(value);
		} else {
			continue;
		}
		composed->secret_count++;
		holder = holder_of(composed->shown, option->path, &name);
		json_object_set_new(holder, name, json_pack("{sb}", "set", 1));
	}
}

/* ---- checking ---- */

static char *canonical_text(const struct config *config)
{
	struct buffer text;
	char *copy = NULL;

	buffer_init(&text, CANONICAL_CAP);
	if (config_effective(config, CONFIG_JSON, true, &text) == 0)
		copy = strndup(text.bytes, text.length);
	buffer_fini(&text);
	return copy;
}

static int load_tree(struct serve *serve, const json_t *tree, bool elsewhere, struct config **config, struct err *err)
{
	struct config_options options = { .resolve_secrets = true, .secrets_elsewhere = elsewhere,
		.confinement = &serve->confinement };
	char *text = json_dumps(tree, JSON_COMPACT);
	int error;

	if (text == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a configuration");
	error = config_load(config, text, strlen(text), &options, err);
	explicit_bzero(text, strlen(text));
	free(text);
	return error;
}

static int check(struct composed *composed, struct serve *serve, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	struct err err;

	if (load_tree(serve, composed->whole, true, &composed->config, &err) != 0)
		return answer_unavailable(answer, "memory", 1, "%s", err.message);
	if (answer_config(answer, composed->config, input->config_pointer) > 0)
		return answer_refuse(answer, 422, "config.invalid", "The configuration is not valid: see errors.");
	composed->canonical = canonical_text(composed->config);
	return composed->canonical != NULL ? 0 : answer_unavailable(answer, "memory", 1, "no memory for a configuration");
}

int compose_input(struct composed *composed, struct serve *serve, const struct api_pipeline_input *input,
	const struct store_pipeline *before, struct api_answer *answer)
{
	struct store_secrets stored = { 0 };
	struct err err;

	*composed = (struct composed){ .shown = json_deep_copy(input->config), .whole = json_deep_copy(input->config) };
	if (composed->shown == NULL || composed->whole == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a configuration");
	if (before != NULL && store_secrets_read(serve->store, before->id, before->revision, &stored, &err) != 0)
		return answer_unavailable(answer, "store.failed", 5, "%s", err.message);
	take_secrets(composed, &stored);
	store_secrets_fini(&stored);
	return check(composed, serve, input, answer);
}

/* The values themselves are jansson's: overwritten where they are before they are given back. */
static void cleanse(const struct composed *composed)
{
	for (size_t i = 0; i < composed->secret_count; i++) {
		const char *name;
		json_t *holder = holder_of(composed->whole, composed->secrets[i].field, &name);
		const json_t *value = holder != NULL ? json_object_get(holder, name) : NULL;

		if (json_is_string(value))
			explicit_bzero((char *)json_string_value(value), json_string_length(value));
	}
}

void composed_fini(struct composed *composed)
{
	cleanse(composed);
	json_decref(composed->shown);
	json_decref(composed->whole);
	config_free(&composed->config);
	free(composed->canonical);
	*composed = (struct composed){ 0 };
}

/* ---- stored ones ---- */

static int put_secrets(json_t *tree, const struct store_secrets *secrets, struct err *err)
{
	for (size_t i = 0; i < secrets->count; i++) {
		const char *name;
		json_t *holder = holder_of(tree, secrets->items[i].field, &name);

		if (holder == NULL || json_object_set_new(holder, name, json_string(secrets->items[i].value)) != 0)
			return err_set(err, ERR_CORRUPT, "%s has a stored value and no place", secrets->items[i].field);
	}
	return 0;
}

/* The first error among the configuration's problems. */
static int first_error(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		if (problem->severity == CONFIG_ERROR)
			return err_set(err, ERR_CONFIG, "%s: %s", problem->path, problem->message);
	}
	return 0;
}

int compose_stored(struct serve *serve, const struct store_pipeline *row, struct config **config, struct err *err)
{
	struct store_secrets secrets = { 0 };
	json_t *tree = json_loads(row->config != NULL ? row->config : "", 0, NULL);
	int error = tree != NULL ? 0 : err_set(err, ERR_CORRUPT, "the stored configuration is no JSON");

	*config = NULL;
	if (error == 0)
		error = store_secrets_read(serve->store, row->id, row->revision, &secrets, err);
	if (error == 0)
		error = put_secrets(tree, &secrets, err);
	/* what the id has come to names the pipeline in keys */
	if (error == 0 && strcmp(row->host_id, row->host_id_used) != 0)
		json_object_set_new(tree, "host_id", json_string(row->host_id_used));
	if (error == 0)
		error = load_tree(serve, tree, false, config, err);
	if (error == 0)
		error = first_error(*config, err);
	if (error != 0)
		config_free(config);
	store_secrets_fini(&secrets);
	json_decref(tree);
	return error;
}
