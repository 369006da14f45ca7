#include "worker/analyzer_auth.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/config/pipeline_config.h"

int analyzer_authorization(const struct pipeline_config *config, char line[static ANALYZER_AUTHORIZATION_SIZE],
	struct err *err)
{
	static const char prefix[] = "Authorization: Basic ";
	char plain[ANALYZER_CREDENTIALS_MAX + 1];
	int length = snprintf(plain, sizeof(plain), "%s:%s", config->username, config->password);
	int error = 0;

	line[0] = '\0';
	if (length > ANALYZER_CREDENTIALS_MAX) {
		error = err_set(err, ERR_LIMIT, "the analyzer's credentials are longer than %d bytes", ANALYZER_CREDENTIALS_MAX);
	} else if (config->username[0] != '\0') {
		memcpy(line, prefix, sizeof(prefix));
		EVP_EncodeBlock((unsigned char *)line + sizeof(prefix) - 1, (const unsigned char *)plain, length);
	}
	explicit_bzero(plain, sizeof(plain));
	return error;
}
