/* Addresses as configurations write them: prefixes, host:port, URLs. */
#ifndef SLUICE_COMMON_CONFIG_ADDRESS_H
#define SLUICE_COMMON_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config/pipeline_config.h"

/* Each returns NULL, or what is wrong in a few static words that do not repeat the text. Texts end in NUL. */

/* "10.0.0.0/8", "fd00::/8"; bits behind the length are cleared. */
const char *address_parse_prefix(const char *text, struct prefix *prefix);

/* A prefix as it is written: "10.0.0.0/8". */
enum { PREFIX_TEXT_SIZE = 64 };
void address_print_prefix(const struct prefix *prefix, char out[static PREFIX_TEXT_SIZE]);

/* Where a URL or "host:port" leads; points into the text. */
struct address_parts {
	const char *host;             /* with brackets when it is IPv6 */
	size_t host_length;
	unsigned port;                /* 0: none given */
	size_t scheme;                /* index in schemes */
};

const char *address_parse_host_port(const char *text, struct address_parts *parts);
/* schemes: NULL-terminated, such as { "ws", "wss", NULL }. */
const char *address_parse_url(const char *text, const char *const *schemes, struct address_parts *parts);

#endif
