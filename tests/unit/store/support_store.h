/* A store in a temporary folder. */
#ifndef SLUICE_TESTS_SUPPORT_STORE_H
#define SLUICE_TESTS_SUPPORT_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/store/audit.h"
#include "supervisor/store/history.h"
#include "supervisor/store/pipelines.h"
#include "supervisor/store/revisions.h"
#include "supervisor/store/store.h"
#include "supervisor/store/tenants.h"
#include "supervisor/store/tokens.h"

struct fixture {
	char folder[512];             /* the data folder */
	struct store *store;
	struct arena arena;
	struct err err;
};

/* cmocka setup and teardown: *state is a struct fixture whose store is open. */
int store_setup(void **state);
int store_teardown(void **state);
/* The same without opening the store. */
int folder_setup(void **state);

void store_reopen(struct fixture *fixture);
/* The path of a file of the data folder; valid until the next call. */
const char *store_file(const struct fixture *fixture, const char *name);
/* Opens and expects this error; the message is in fixture->err. */
void expect_refused(struct fixture *fixture, int code);
/* code 0, else fails with the message. */
void expect_done(int code, const struct err *err);

extern const struct store_change by_ann;      /* an admin */

/* A put of tenant default that makes revisions out of `config`, with a secret unless NULL. */
struct store_put put_of(const char *name, const char *config, const char *host_id);
int do_put(struct fixture *fixture, const struct store_put *put, struct store_put_result *result);
/* How many fit; filter NULL: all. */
size_t count_pipelines(struct fixture *fixture, const struct store_filter *filter);
/* Creates it; returns its id. */
const char *create_pipeline(struct fixture *fixture, const char *name, const char *host_id);

#endif
