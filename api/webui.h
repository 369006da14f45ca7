/* The files of the web UI, made of webui/ at build time (tools/webui_files.c). */
#ifndef SLUICE_API_WEBUI_H
#define SLUICE_API_WEBUI_H

#include <stddef.h>

struct webui_file {
	const char *name;             /* below /assets/ */
	const char *type;             /* Content-Type */
	const char *hash;             /* of its content, in hexadecimal digits */
	const char *bytes;
	size_t length;
	const char *gzip;             /* the same bytes compressed; NULL: that would not be smaller */
	size_t gzip_length;
};

/* index.html, which is served as / */
extern const struct webui_file webui_page;
/* Ends with a NULL name. */
extern const struct webui_file webui_assets[];

#endif
