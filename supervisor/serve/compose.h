/* A pipeline's configuration between the API, the store and its worker: what is secret in it is kept apart. */
#ifndef SLUICE_SUPERVISOR_SERVE_COMPOSE_H
#define SLUICE_SUPERVISOR_SERVE_COMPOSE_H

#include <jansson.h>

#include "api/answer.h"
#include "supervisor/serve/serve.h"
#include "supervisor/store/revisions.h"

enum { COMPOSE_SECRETS = 8 };

/* A configuration as it was sent, taken apart. */
struct composed {
	json_t *shown;                /* without secret values: {"set":true} in their place; owned */
	json_t *whole;                /* with them, kept ones too; owned, cleansed by composed_fini */
	struct store_secret secrets[COMPOSE_SECRETS]; /* values point into `whole`; NULL: keep */
	size_t secret_count;
	unsigned new_secrets;         /* bit i: secrets[i] is not what is stored */
	const char *missing[COMPOSE_SECRETS]; /* fields that are to be kept, and there is no stored value */
	size_t missing_count;
	struct config *config;        /* checked; NULL: none was made */
	char *canonical;              /* effective, secrets masked; owned; NULL while there are errors */
};

/* Takes apart and checks; a secret that was sent as a number or a truth value is one as text. before: the stored pipeline
 * whose secrets may be kept; NULL: a new one. Problems go into the answer; returns 0, or what the operation returns. */
int compose_input(struct composed *composed, struct serve *serve, const struct api_pipeline_input *input,
	const struct store_pipeline *before, struct api_answer *answer);
/* The effective configuration as the API shows it: {"set":true} for each secret. The caller's; NULL: no memory. */
json_t *compose_effective(const struct composed *composed);
/* What is missing is no secret to be stored: the configuration cannot be used until it has one. */
void composed_leave_missing(struct composed *composed);
/* As configured; "" when it is not, NULL when something is wrong with it. */
const char *composed_host_id(const struct composed *composed);
void composed_fini(struct composed *composed);

/* The configuration of a stored pipeline with its secrets, as a worker is to get it. ERR_CONFIG: it cannot work (any
 * more, or without the secrets that it lacks), and why. */
int compose_stored(struct serve *serve, const struct store_pipeline *row, struct config **config, struct err *err);

#endif
