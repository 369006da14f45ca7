#include "supervisor/serve/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/pipeline_fields.h"
#include "common/json_parse.h"

enum { CANONICAL_CAP = 1 << 20 };

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

/* A number is what somebody meant as text ("secret_key: 12345"), and no less secret. NULL: no memory. */
static json_t *make_text(json_t *holder, const char *name, const json_t *scalar)
{
	char *text = json_dumps(scalar, JSON_ENCODE_ANY);
	json_t *value = text != NULL ? json_string(text) : NULL;

	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	/* the holder owns it */
	return value != NULL && json_object_set_new(holder, name, value) == 0 ? value : NULL;
}

/* What stands at the path in `whole` becomes the next secret; what is kept is put there. */
static int take_value(struct composed *composed, const char *path, json_t *holder, const char *name,
	const struct store_secrets *stored)
{
	struct store_secret *secret = &composed->secrets[composed->secret_count];
	json_t *value = json_object_get(holder, name);
	const char *kept = NULL;

	*secret = (struct store_secret){ path, NULL };
	if (is_kept(value)) {
		kept = stored != NULL ? store_secrets_value(stored, path) : NULL;
		/* a missing one is refused later, perhaps; for the checks something stands there */
		if (kept == NULL)
			composed->missing[composed->missing_count++] = path;
		value = json_string(kept != NULL ? kept : "kept");
		return value != NULL && json_object_set_new(holder, name, value) == 0 ? 0 : ERR_NO_MEMORY;
	}
	if (!json_is_string(value))
		value = make_text(holder, name, value);
	if (value == NULL)
		return ERR_NO_MEMORY;
	secret->value = json_string_value(value);
	kept = stored != NULL ? store_secrets_value(stored, path) : NULL;
	if (kept == NULL || strcmp(kept, secret->value) != 0)
		composed->new_secrets |= 1u << composed->secret_count;
	return 0;
}

static int take_secret(struct composed *composed, const char *path, const struct store_secrets *stored)
{
	const char *name;
	json_t *holder = holder_of(composed->whole, path, &name);
	const json_t *value = holder != NULL ? json_object_get(holder, name) : NULL;
	int error;

	/* another object or a list is the check's to refuse */
	if (value == NULL || is_nothing(value) || (!is_kept(value) && (json_is_object(value) || json_is_array(value))))
		return 0;
	if (composed->secret_count == COMPOSE_SECRETS)
		return ERR_LIMIT;
	error = take_value(composed, path, holder, name, stored);
	if (error != 0)
		return error;
	composed->secret_count++;
	holder = holder_of(composed->shown, path, &name);
	return json_object_set_new(holder, name, json_pack("{sb}", "set", 1)) == 0 ? 0 : ERR_NO_MEMORY;
}

/* What is stored and shown must hold no value at a secret's path, whatever came before. */
static bool shows_secret(const struct composed *composed, const char *path)
{
	const char *name;
	json_t *holder = holder_of(composed->shown, path, &name);
	const json_t *value = holder != NULL ? json_object_get(holder, name) : NULL;

	return value != NULL && !is_nothing(value) && !json_is_object(value) && !json_is_array(value);
}

/* Each secret out of `shown`; what is kept is put into `whole`. */
static int take_secrets(struct composed *composed, const struct store_secrets *stored, struct api_answer *answer)
{
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		int error = option->type == OPTION_SECRET ? take_secret(composed, option->path, stored) : 0;

		if (error == ERR_LIMIT)
			return answer_refuse(answer, 422, "secret.too_many", "A configuration can have %d secrets.", COMPOSE_SECRETS);
		if (error != 0)
			return answer_unavailable(answer, "memory", 1, "no memory for a configuration");
		if (option->type == OPTION_SECRET && shows_secret(composed, option->path))
			return answer_refuse(answer, 422, "secret.invalid", "%s must be a text.", option->path);
	}
	return 0;
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
	int error;

	*composed = (struct composed){ .shown = json_deep_copy(input->config), .whole = json_deep_copy(input->config) };
	if (composed->shown == NULL || composed->whole == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a configuration");
	if (before != NULL && store_secrets_read_kept(serve->store, before->id, before->revision, &stored, &err) != 0)
		return answer_unavailable(answer, "store.failed", 5, "%s", err.message);
	error = take_secrets(composed, &stored, answer);
	store_secrets_fini(&stored);
	return error == 0 ? check(composed, serve, input, answer) : error;
}

/* The canonical text has a mask of its own, which revisions are compared by. */
json_t *compose_effective(const struct composed *composed)
{
	json_t *tree = json_parse_text(composed->canonical, 0, NULL);

	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *name;
		json_t *holder = option->type == OPTION_SECRET ? holder_of(tree, option->path, &name) : NULL;

		if (holder != NULL && json_object_set_new(holder, name, json_pack("{sb}", "set", 1)) != 0)
			json_object_del(holder, name);
	}
	return tree;
}

/* The values themselves are jansson's: overwritten where they are before they are given back. */
static void cleanse(json_t *tree)
{
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *name;
		json_t *holder = option->type == OPTION_SECRET ? holder_of(tree, option->path, &name) : NULL;
		const json_t *value = holder != NULL ? json_object_get(holder, name) : NULL;

		if (json_is_string(value))
			explicit_bzero((char *)json_string_value(value), json_string_length(value));
	}
}

void composed_leave_missing(struct composed *composed)
{
	size_t count = 0;

	for (size_t i = 0, missing = 0; i < composed->secret_count; i++) {
		if (missing < composed->missing_count && composed->secrets[i].field == composed->missing[missing])
			missing++;
		else
			composed->secrets[count++] = composed->secrets[i];
	}
	composed->secret_count = count;
}

const char *composed_host_id(const struct composed *composed)
{
	const char *host_id = json_string_value(json_object_get(composed->shown, "host_id"));

	if (composed->config == NULL || !config_known(composed->config, "host_id"))
		return NULL;
	return host_id != NULL ? host_id : "";
}

void composed_fini(struct composed *composed)
{
	cleanse(composed->whole);
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

/* What an import has left to come later. */
static int find_missing(json_t *tree, struct err *err)
{
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *name;
		const json_t *holder = option->type == OPTION_SECRET ? holder_of(tree, option->path, &name) : NULL;

		if (holder != NULL && is_kept(json_object_get(holder, name)))
			return err_set(err, ERR_CONFIG, "%s: no value was given yet: write the configuration with it", option->path);
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
	json_t *tree = json_parse_text(row->config, 0, NULL);
	int error = tree != NULL ? 0 : err_set(err, ERR_CORRUPT, "the stored configuration is no JSON");

	*config = NULL;
	if (error == 0)
		error = store_secrets_read(serve->store, row->id, row->revision, &secrets, err);
	if (error == 0)
		error = put_secrets(tree, &secrets, err);
	if (error == 0)
		error = find_missing(tree, err);
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
	cleanse(tree);
	json_decref(tree);
	return error;
}
