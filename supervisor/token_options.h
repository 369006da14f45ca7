/* What `sluiced token create` is told: which token it comes to. */
#ifndef SLUICE_SUPERVISOR_TOKEN_OPTIONS_H
#define SLUICE_SUPERVISOR_TOKEN_OPTIONS_H

#include <stdint.h>

#include "common/err.h"
#include "supervisor/store/tokens.h"

struct token_options {
	const char *role, *tenant, *description, *expires, *data_dir;         /* NULL: not given */
};

/* Fills token, whose texts are borrowed from options. ERR_INVALID says which option is wrong. */
int token_options_check(const struct token_options *options, int64_t now_ms, struct store_token *token, struct err *err);

#endif
