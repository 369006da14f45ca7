#include "worker/prometheus/mhd_api.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static const char library_name[] = "libmicrohttpd.so.12";

static struct mhd_api api;

static bool find(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);

	/* ISO C has no conversion from an object's pointer to a function's */
	memcpy(function, &found, sizeof(found));
	return found != NULL;
}

const struct mhd_api *mhd_api_load(struct err *err)
{
	static bool loaded;
	bool all = true;
	void *library;

	if (loaded)
		return &api;
	library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		err_set(err, ERR_UNSUPPORTED, "libmicrohttpd cannot be loaded: %s", dlerror());
		return NULL;
	}
#define MHD_FIND(name) all = find(library, "MHD_" #name, &api.name) && all;
	MHD_FUNCTIONS(MHD_FIND)
#undef MHD_FIND
	if (!all) {
		err_set(err, ERR_UNSUPPORTED, "%s is of a version that cannot be used", library_name);
		dlclose(library);
		return NULL;
	}
	loaded = true;
	return &api;
}
