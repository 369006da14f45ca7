/* A request through an exchange on the fake supervisor, as http.c would feed it. */
#ifndef SLUICE_TESTS_SUPPORT_CALL_H
#define SLUICE_TESTS_SUPPORT_CALL_H

#include <stdio.h>

#include "api/exchange.h"
#include "fake.h"

struct call {
	const char *method, *target;
	/* NULL: no such header; host: 127.0.0.1:8470 */
	const char *token, *type, *body, *match, *accept, *cookie, *csrf, *host, *origin;
	/* the reply */
	int status;
	int result;                   /* API_PENDING: there is none yet */
	struct exchange exchange;
	json_t *json;                 /* NULL: it is none */
	const char *content_type;
	char *text;                   /* NULL: no body */
};

struct call_world {
	struct fake fake;
	struct api_ops ops;
	struct api_context context;
	const struct exchange *large;
};

/* cmocka's setup and teardown: a world with pipeline "one" of acme, whose host_id is edge-1. */
int call_setup(void **state);
int call_teardown(void **state);
struct call_world *call_world(void);

void call_run(struct call *call);
void call_fini(struct call *call);
/* "" when it is not there. */
const char *call_header(const struct call *call, const char *name);
const char *call_text(const struct call *call, const char *member);

#endif
