#include "subscriber/settings.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_parse.h"
#include "common/log.h"

enum { MESSAGE_MAX = 16 << 20, SILENCE_MAX_S = 365 * 24 * 3600 };

static int take_namespaces(struct settings *settings, json_t *list, struct err *err)
{
	size_t index;
	json_t *item;

	settings->namespaces = calloc(json_array_size(list) + 1, sizeof(char *));
	if (settings->namespaces == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the namespaces");
	json_array_foreach(list, index, item) {
		if (!json_is_string(item))
			return err_set(err, ERR_PROTOCOL, "a namespace is no text");
		settings->namespaces[index] = json_string_value(item);
	}
	settings->session.namespaces = settings->namespaces;
	settings->session.namespace_count = json_array_size(list);
	return 0;
}

static int take_url(struct settings *settings, const char *text, struct err *err)
{
	int error = url_parse(&settings->session.url, text, err);

	return error != 0 ? err_prefix(err, "pipeline.subscriber.url") : 0;
}

int settings_parse(struct settings *settings, const char *text, size_t length, struct err *err)
{
	struct session_config *session = &settings->session;
	const char *url, *level = "info";
	int silence_s = 60, verify = 1, readers = 1;
	json_int_t message_max = MESSAGE_MAX;
	json_t *root, *namespaces = NULL;
	json_error_t where = { .text = "" };
	int error;

	*settings = (struct settings){ .scope = "" };
	*session = (struct session_config){ .host_id = "", .host_id_field = "host_id", .username = "", .password = "",
		.tls = { .ca_file = "", .cert_file = "", .key_file = "" } };
	settings->document = root = json_parse(text, length, 0, &where);
	if (root == NULL || json_unpack_ex(root, &where, 0,
		"{ss s?s s?s so s?s s?s s?{s?s s?s s?s s?b} s?i s?i s?I s?s s?s}", "url", &url, "host_id",
		&session->host_id, "host_id_field", &session->host_id_field, "namespaces", &namespaces, "username",
		&session->username, "password", &session->password, "tls", "ca_file", &session->tls.ca_file, "cert_file",
		&session->tls.cert_file, "key_file", &session->tls.key_file, "verify", &verify, "silence_timeout_s",
		&silence_s, "readers", &readers, "message_max", &message_max, "scope", &settings->scope, "log_level",
		&level) != 0)
		return err_set(err, ERR_PROTOCOL, "the configuration message: %s", where.text);
	if (silence_s < 0 || readers < 0 || message_max < 1 || message_max > 1 << 30)
		return err_set(err, ERR_PROTOCOL, "the configuration message: a number is out of range");
	session->tls.verify = verify;
	/* the watchdog doubles it: bounded, so that this stays a time */
	session->silence_timeout_ns = (silence_s < SILENCE_MAX_S ? silence_s : SILENCE_MAX_S) * NS_PER_S;
	session->message_max = (size_t)message_max;
	settings->readers = (unsigned)readers;
	settings->log_level = log_level_parse(level) < 0 ? LOG_INFO : log_level_parse(level);
	error = take_namespaces(settings, namespaces, err);
	return error == 0 ? take_url(settings, url, err) : error;
}

void settings_fini(struct settings *settings)
{
	free(settings->namespaces);
	settings->namespaces = NULL;
	json_decref(settings->document);
	settings->document = NULL;
}
