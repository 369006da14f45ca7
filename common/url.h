/* The analyzer's address: ws://HOST[:PORT]/PATH or wss://… (RFC 3986, the part that RFC 6455 section 3 allows). The
 * configuration is checked by the same code that the subscriber goes by. */
#ifndef SLUICE_COMMON_URL_H
#define SLUICE_COMMON_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum { URL_HOST_SIZE = 256, URL_PATH_SIZE = 1024, URL_AUTHORITY_SIZE = URL_HOST_SIZE + 10 };

struct url {
	bool tls;                     /* wss */
	bool address;                 /* host is an IP address, not a name */
	bool ipv6;                    /* and one of IPv6: [host] in a Host header */
	uint16_t port;                /* 80 and 443 when none is written */
	char host[URL_HOST_SIZE];     /* without brackets */
	char path[URL_PATH_SIZE];     /* with the query; "/" when none is written */
};

/* ERR_CONFIG with a message that says what to write instead. */
int url_parse(struct url *url, const char *text, struct err *err);

/* "host", "host:port" or "[host]:port", as a Host header has it, into text[URL_AUTHORITY_SIZE]. */
void url_authority(const struct url *url, char *text);

#endif
