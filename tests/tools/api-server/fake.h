/* A supervisor of dicts in memory, for tests of the API alone: it keeps what it is given and runs nothing. */
#ifndef SLUICE_TESTS_FAKE_H
#define SLUICE_TESTS_FAKE_H

#include <jansson.h>

#include "api/api_ops.h"

enum { TICKETS_MAX = 64 };

struct ticket {
	uint64_t number;              /* 0: free */
	json_t *body;                 /* what it answers in the end; owned */
	int status;
};

struct fake {
	json_t *tenants;              /* name → tenant */
	json_t *tokens;               /* text → {id, role, tenant} */
	json_t *pipelines;            /* "tenant/name" → pipeline */
	struct ticket tickets[TICKETS_MAX];
	uint64_t last_number;
	bool ready;
	bool full;                    /* every write: 503 */
	void (*said)(const char *format, ...) __attribute__((format(printf, 1, 2)));
};

void fake_init(struct fake *fake);
void fake_fini(struct fake *fake);
void fake_ops(struct fake *fake, struct api_ops *ops);
/* Has every pending operation end. */
void fake_finish(struct fake *fake);

/* fake_pipelines.c, fake_revisions.c, fake_tap.c, fake_pending.c */
void fake_pipeline_ops(struct api_ops *ops);
void fake_revision_ops(struct api_ops *ops);
void fake_tap_ops(struct api_ops *ops);
/* The request's; NULL: there is none. */
json_t *fake_pipeline(struct fake *fake, const struct api_request *request);
void fake_pending_ops(struct api_ops *ops);
/* Pending with what it will answer (taken over). */
int fake_put_off(struct fake *fake, json_t *body, int status, struct api_answer *answer);
/* A page of an object's values, those that keep() wants, in the order of their keys. */
int fake_list(const json_t *all, const struct api_list *list,
	bool (*keep)(const json_t *item, const struct api_request *request, const struct api_list *list),
	const struct api_request *request, struct api_answer *answer);
/* 404, 503 or 0. */
int fake_check_tenant(struct fake *fake, const struct api_request *request, struct api_answer *answer);

#endif
