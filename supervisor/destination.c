#include "supervisor/destination.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "common/fnv.h"
#include "supervisor/handover.h"

enum { TEXTS = 6 };

/* As texts_of() has them; the last, the password, is not handed over. */
static const char *const names[TEXTS] = { "url", "username", "ca_file", "cert_file", "key_file", "password" };

static const struct handover_field fields[] = {
	HANDOVER_ROW(struct destination, HANDOVER_BOOL, verify),
	HANDOVER_ROW(struct destination, HANDOVER_NUMBER, silence_timeout),
	{ 0 },
};

/* The destination's texts and the configuration's, in one order. */
static void texts_of(struct destination *destination, char **texts[TEXTS])
{
	char **const mine[TEXTS] = { &destination->url, &destination->username, &destination->ca_file,
		&destination->cert_file, &destination->key_file, &destination->password };

	memcpy(texts, mine, sizeof(mine));
}

int destination_init(struct destination *destination, const struct pipeline_config *config, struct err *err)
{
	const char *const from[TEXTS] = { config->subscriber.url, config->username, config->tls.ca_file,
		config->tls.cert_file, config->tls.key_file, config->password };
	char **texts[TEXTS];
	bool all = true;

	*destination = (struct destination){ .verify = config->tls.verify,
		.silence_timeout = config->subscriber.silence_timeout };
	texts_of(destination, texts);
	for (int i = 0; i < TEXTS; i++) {
		*texts[i] = strdup(from[i]);
		all = all && *texts[i] != NULL;
	}
	return all ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
}

void destination_fini(struct destination *destination)
{
	char **texts[TEXTS];

	if (destination->password != NULL)
		explicit_bzero(destination->password, strlen(destination->password));
	texts_of(destination, texts);
	for (int i = 0; i < TEXTS; i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
}

bool destination_twin(const struct destination *destination, const struct pipeline_config *config)
{
	return strcmp(destination->url, config->subscriber.url) == 0 &&
		strcmp(destination->username, config->username) == 0 &&
		strcmp(destination->ca_file, config->tls.ca_file) == 0 &&
		strcmp(destination->cert_file, config->tls.cert_file) == 0 &&
		strcmp(destination->key_file, config->tls.key_file) == 0 &&
		destination->silence_timeout == config->subscriber.silence_timeout;
}

bool destination_fits(const struct destination *destination, const struct pipeline_config *config)
{
	return destination_twin(destination, config) && strcmp(destination->password, config->password) == 0 &&
		destination->verify == config->tls.verify;
}

void destination_key(const struct destination *destination, unsigned suffix, char key[DESTINATION_KEY_SIZE])
{
	const char *const parts[] = { destination->url, destination->username, destination->ca_file,
		destination->cert_file, destination->key_file };
	uint64_t hash = FNV_BASE ^ destination->silence_timeout;
	int length;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hash = fnv_hash(hash, parts[i], strlen(parts[i]) + 1);
	length = snprintf(key, DESTINATION_KEY_SIZE, "%016llx", (unsigned long long)hash);
	if (suffix > 1)
		snprintf(key + length, DESTINATION_KEY_SIZE - (size_t)length, "-%u", suffix);
}

void destination_hand_over(const struct destination *destination, struct handover *handover, json_t *object)
{
	struct destination copy = *destination;
	char **texts[TEXTS];

	texts_of(&copy, texts);
	for (int i = 0; i < TEXTS - 1; i++)
		handover_put_text(handover, object, names[i], *texts[i]);
	handover_put_fields(handover, object, fields, destination);
}

int destination_adopt(struct destination *destination, const json_t *object, struct err *err)
{
	char **texts[TEXTS];
	bool all = true;

	*destination = (struct destination){ 0 };
	texts_of(destination, texts);
	for (int i = 0; i < TEXTS; i++) {
		*texts[i] = strdup(handover_text(object, names[i]));
		all = all && *texts[i] != NULL;
	}
	handover_take_fields(object, fields, destination);
	return all ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
}

int destination_complete(struct destination *destination, const struct pipeline_config *config, struct err *err)
{
	char *password = strdup(config->password);

	if (password == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
	free(destination->password);
	destination->password = password;
	destination->verify = config->tls.verify;
	return 0;
}
