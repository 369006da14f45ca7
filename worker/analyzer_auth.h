/* The analyzer's Basic credentials (analyzer.auth.cluster), as its HTTP side wants them. */
#ifndef SLUICE_WORKER_ANALYZER_AUTH_H
#define SLUICE_WORKER_ANALYZER_AUTH_H

#include "common/err.h"

struct pipeline_config;

enum {
	ANALYZER_CREDENTIALS_MAX = 1024,      /* bytes of "name:password" */
	ANALYZER_AUTHORIZATION_SIZE = sizeof("Authorization: Basic ") + 4 * (ANALYZER_CREDENTIALS_MAX / 3 + 1),
};

/* The header's line into line, "" when there is no user name. The caller wipes it. ERR_LIMIT: they are too long. */
int analyzer_authorization(const struct pipeline_config *config, char line[static ANALYZER_AUTHORIZATION_SIZE],
	struct err *err);

#endif
