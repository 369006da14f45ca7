#include "worker/http/curl_api.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* The ABI's name: Debian's libcurl4 is the flavour with OpenSSL. */
static const char library_name[] = "libcurl.so.4";

static struct curl_api api;

static bool find(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);

	/* ISO C has no conversion from an object's pointer to a function's */
	memcpy(function, &found, sizeof(found));
	return found != NULL;
}

static bool find_all(void *library)
{
	bool all = true;

#define CURL_FIND(name) all = find(library, "curl_" #name, &api.name) && all;
	CURL_FUNCTIONS(CURL_FIND)
#undef CURL_FIND
	return all;
}

const struct curl_api *curl_api_load(struct err *err)
{
	static bool loaded;
	void *library;

	if (loaded)
		return &api;
	library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		err_set(err, ERR_UNSUPPORTED, "libcurl cannot be loaded: %s", dlerror());
		return NULL;
	}
	if (!find_all(library) || api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(err, ERR_UNSUPPORTED, "%s is of a version that cannot be used", library_name);
		dlclose(library);
		return NULL;
	}
	loaded = true;
	return &api;
}
