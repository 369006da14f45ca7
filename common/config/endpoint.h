/* Where tenants' object stores may be: anywhere but on this machine and its link, unless an administrator allows it. The worker asks
 * for each address that it is about to connect to; a configuration that names one is told beforehand. */
#ifndef SLUICE_COMMON_CONFIG_ENDPOINT_H
#define SLUICE_COMMON_CONFIG_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/pipeline_config.h"

struct sockaddr;

enum { ENDPOINT_RULES_MAX = 16 };

/* An address and its port; IPv4 is mapped into IPv6. */
struct endpoint {
	uint8_t address[16];
	unsigned port;
};

struct endpoint_rules {
	struct prefix allowed[ENDPOINT_RULES_MAX];
	size_t allowed_count;
	struct endpoint own[ENDPOINT_RULES_MAX];      /* where the supervisor listens, which is never allowed */
	size_t own_count;
};

/* "127.0.0.0/8" is allowed; "127.0.0.1:8470" is our own. NULL, or what is wrong in a few static words. */
const char *endpoint_allow(struct endpoint_rules *rules, const char *network);
const char *endpoint_own(struct endpoint_rules *rules, const char *address);

/* Why nothing of a tenant's goes there, in a few static words ("a loopback address"); NULL: it may. */
const char *endpoint_refuses(const struct endpoint_rules *rules, const struct endpoint *endpoint);

/* What stands behind those words: who may allow it, or that nobody may. refused: of endpoint_refuses, itself. */
const char *endpoint_remedy(const char *refused);

/* False: neither IPv4 nor IPv6. */
bool endpoint_of_socket(struct endpoint *endpoint, const struct sockaddr *address);
/* The address that a URL of HTTP names itself, or "localhost"; false: none, or no such URL. */
bool endpoint_of_url(struct endpoint *endpoint, const char *url);

#endif
