#include "worker/settings.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/json_parse.h"
#include "common/log.h"

enum { DRAIN_TIMEOUT_S = 10 };

/* 64-bit numbers are decimal strings, since JSON's are doubles to many; small ones may be numbers. */
static int take_number(const json_t *object, const char *key, uint64_t *number, struct err *err)
{
	const json_t *value = json_object_get(object, key);
	char *end = NULL;

	if (value == NULL)
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*number = (uint64_t)json_integer_value(value);
		return 0;
	}
	errno = 0;
	if (json_is_string(value) && json_string_length(value) > 0 && json_string_value(value)[0] != '-')
		*number = strtoull(json_string_value(value), &end, 10);
	if (end == NULL || *end != '\0' || errno != 0)
		return err_set(err, ERR_PROTOCOL, "%s is no number", key);
	return 0;
}

static bool take_flag(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_true(value) || (json_is_integer(value) && json_integer_value(value) != 0);
}

static int take_numbers(struct settings *settings, const json_t *root, struct err *err)
{
	const json_t *stopped = json_object_get(root, "stopped");
	uint64_t drain_timeout_s = DRAIN_TIMEOUT_S;
	int error = take_number(root, "quota_bytes", &settings->quota_bytes, err);

	if (error == 0)
		error = take_number(root, "drain_timeout_s", &drain_timeout_s, err);
	if (error == 0 && drain_timeout_s > INT32_MAX)
		error = err_set(err, ERR_PROTOCOL, "drain_timeout_s is too large");
	settings->drain_timeout_ns = (int64_t)drain_timeout_s * NS_PER_S;
	settings->stopped = json_is_object(stopped);
	if (error == 0)
		error = take_number(stopped, "epoch", &settings->stop_epoch, err);
	if (error == 0)
		error = take_number(stopped, "sequence", &settings->stop_sequence, err);
	return error;
}

static void take_names(struct settings *settings, const json_t *root)
{
	const char *tenant = json_string_value(json_object_get(root, "tenant"));
	const char *pipeline = json_string_value(json_object_get(root, "pipeline"));
	const char *page = json_string_value(json_object_get(root, "page_address"));
	const char *level = json_string_value(json_object_get(root, "log_level"));

	snprintf(settings->scope, sizeof(settings->scope), "%s%s%s", tenant ? tenant : "", tenant && tenant[0] ? "/" : "",
		pipeline ? pipeline : "");
	snprintf(settings->page_address, sizeof(settings->page_address), "%s", page ? page : "");
	settings->log_level = level ? log_level_parse(level) : LOG_INFO;
	if (settings->log_level < 0)
		settings->log_level = LOG_INFO;
	settings->files_confined = take_flag(root, "files_confined");
	settings->files_missing = take_flag(root, "files_missing");
}

static int take_texts(struct endpoint_rules *rules, const json_t *list,
	const char *(*take)(struct endpoint_rules *rules, const char *text), struct err *err)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item) {
		const char *wrong = json_is_string(item) ? take(rules, json_string_value(item)) : "no text";

		if (wrong != NULL)
			return err_set(err, ERR_PROTOCOL, "endpoints: %s", wrong);
	}
	return 0;
}

static int take_endpoints(struct settings *settings, const json_t *root, struct err *err)
{
	const json_t *endpoints = json_object_get(root, "endpoints");
	int error = take_texts(&settings->endpoints, json_object_get(endpoints, "allowed"), endpoint_allow, err);

	settings->endpoints_limited = endpoints != NULL;
	return error == 0 ? take_texts(&settings->endpoints, json_object_get(endpoints, "own"), endpoint_own, err) : error;
}

static int take_config(struct config **config, const json_t *root, struct err *err)
{
	const json_t *object = json_object_get(root, "config");
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	int error;

	if (text == NULL)
		return err_set(err, ERR_PROTOCOL, "there is no config");
	error = config_load_effective(config, text, strlen(text), err);
	explicit_bzero(text, strlen(text));   /* it holds secrets */
	free(text);
	return error;
}

/* The first error among the configuration's problems. */
static int check_config(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		if (problem->severity == CONFIG_ERROR)
			return err_set(err, ERR_CONFIG, "%s: %s", problem->path, problem->message);
	}
	return 0;
}

int settings_parse(struct settings *settings, struct config **config, const char *text, size_t length, struct err *err)
{
	json_error_t where;
	json_t *root = json_parse(text, length, 0, &where);
	int error;

	*settings = (struct settings){ .log_level = LOG_INFO };
	*config = NULL;
	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(err, ERR_PROTOCOL, "the configuration message is no JSON object");
	}
	take_names(settings, root);
	error = take_numbers(settings, root, err);
	if (error == 0)
		error = take_endpoints(settings, root, err);
	if (error == 0)
		error = take_config(config, root, err);
	if (error == 0)
		error = check_config(*config, err);
	json_decref(root);
	return error;
}
