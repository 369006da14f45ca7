/* Which sandbox children get: the option --sandbox, what the kernel has, and what a configuration needs (common/sandbox.h). */
#ifndef SLUICE_SUPERVISOR_ENCLOSING_H
#define SLUICE_SUPERVISOR_ENCLOSING_H

#include <stdbool.h>

#include "common/err.h"
#include "common/sandbox.h"

struct destination;
struct pipeline_config;

enum sandbox_mode {
	SANDBOX_AUTO,                 /* as far as the kernel has one; a warning says what is missing */
	SANDBOX_REQUIRE,              /* ERR_UNSUPPORTED where it has not */
	SANDBOX_OFF,
};

/* The mode of a name ("auto", "require", "off"); -1 when there is none. */
int enclosing_parse(const char *name);

/* What children are to be enclosed by; says in the log what is missing. */
int enclosing_choose(enum sandbox_mode mode, struct sandbox_means *means, struct err *err);

/* A pipeline's worker. confined: it is a tenant's, and its files are below FD_FILES; files: that folder is its own. Texts of the
 * configuration are borrowed. */
void enclosing_worker(struct sandbox *sandbox, const struct sandbox_means *means, const struct pipeline_config *config,
	bool confined, bool files);
void enclosing_subscriber(struct sandbox *sandbox, const struct sandbox_means *means, const struct destination *destination);

#endif
