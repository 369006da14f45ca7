/* The methods of HTTP that are known here. */
#ifndef SLUICE_API_METHOD_H
#define SLUICE_API_METHOD_H

/* Those behind METHOD_DELETE are known, but no route has them. */
enum method { METHOD_GET, METHOD_HEAD, METHOD_PUT, METHOD_POST, METHOD_PATCH, METHOD_DELETE, METHOD_OPTIONS,
	METHOD_TRACE, METHOD_CONNECT, METHOD_COUNT };

/* -1 when there is none of that name. */
int method_parse(const char *name);
const char *method_name(enum method method);

#endif
