/* Questions to the topology: gremlin, as a request's body (docs/topology.md lists them). What is put into one is checked
 * first: a flow's texts come from outside. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_QUERY_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

enum {
	QUERY_NAME_MAX = 128,                 /* bytes of a TID or a container's id */
	QUERY_ADDRESS_MAX = 45,
	QUERY_TEXT_MAX = 4096,                /* of a query that a configuration gives */
};

/* Names: of the container's metadata, old up to Skydive 0.26, new behind it. */
enum query {
	QUERY_NODE,                           /* subject: a TID */
	QUERY_RUNC_OLD, QUERY_RUNC_NEW, QUERY_DOCKER,     /* subject: an address; other: a TID */
	QUERY_HOST,                           /* subject: an address */
	QUERY_POD_OF_CONTAINERD, QUERY_POD_OF_DOCKER,     /* subject: a container's id */
	QUERY_CLUSTER,
	QUERY_INTERFACES,
	QUERY_PROBE,                          /* finds nothing */
	QUERY_TEXT,                           /* subject: the query itself */
};

/* A name that cannot end the string it is put into: letters, digits and . _ : - only, up to QUERY_NAME_MAX. */
bool query_is_name(const char *text, size_t length);
/* A plain IP address. */
bool query_is_address(const char *text, size_t length);
/* Text that may be a query: UTF-8 or not, but without control characters, and not longer than QUERY_TEXT_MAX. */
bool query_is_text(const char *text, size_t length);

/* The request's body into out, which is emptied first. subject and other: NUL-terminated, NULL where none is taken.
 * 0, ERR_LIMIT, ERR_NO_MEMORY. */
int query_write(struct buffer *out, enum query query, const char *subject, const char *other);

#endif
