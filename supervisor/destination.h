/* Where a subscription goes: an analyzer's address and what is shown to it. A copy, for it outlives the configurations
 * that it was made from. */
#ifndef SLUICE_SUPERVISOR_DESTINATION_H
#define SLUICE_SUPERVISOR_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct handover;
struct json_t;
struct pipeline_config;

enum { DESTINATION_KEY_SIZE = 32 };

struct destination {
	char *url, *username, *password;              /* owned, as all texts here */
	char *ca_file, *cert_file, *key_file;
	bool verify;
	uint32_t silence_timeout;                     /* s */
};

int destination_init(struct destination *destination, const struct pipeline_config *config, struct err *err);
void destination_fini(struct destination *destination);

/* To the next image of this process, without the password. */
void destination_hand_over(const struct destination *destination, struct handover *handover, struct json_t *object);
int destination_adopt(struct destination *destination, const struct json_t *object, struct err *err);
/* What was not handed over, from a configuration that it is the twin of. */
int destination_complete(struct destination *destination, const struct pipeline_config *config, struct err *err);

/* A pipeline with this configuration can share a subscription to it. */
bool destination_fits(const struct destination *destination, const struct pipeline_config *config);
/* The same but for password or verification: they would have one name. */
bool destination_twin(const struct destination *destination, const struct pipeline_config *config);
/* Names it in the supervisor's memory: nothing that follows from a password may stand there. Twins are
 * numbered: suffix is 1 for the first. */
void destination_key(const struct destination *destination, unsigned suffix, char key[DESTINATION_KEY_SIZE]);

#endif
