/* The audit trail: one row a change, written in the change's own transaction. */
#ifndef SLUICE_SUPERVISOR_STORE_AUDIT_H
#define SLUICE_SUPERVISOR_STORE_AUDIT_H

#include "supervisor/store/store.h"

struct store_audit {
	int64_t id, at_ms;
	const char *who, *role, *address, *request_id;
	const char *who_description;  /* of that token; "": it has none, is none, or is gone */
	const char *tenant;           /* whose things were changed; "" for what belongs to none */
	const char *action;           /* "pipeline.create" */
	const char *target;           /* name of the pipeline, tenant or id of the token */
	const char *detail;           /* JSON object: the change's, with "revision" when one was made */
};

struct store_audits {
	struct store_audit *items;
	size_t count;
	int64_t next;                 /* give it as `before` for the next page; 0: there is none */
};

/* All must hold; NULL and 0: any. */
struct store_audit_filter {
	const char *tenant, *action, *who;
	const char *pipeline;         /* a name: what was done to pipelines that have it */
	int64_t since_ms;             /* wall clock: rows of then or later */
};

/* Newest first. filter NULL: all; before: an id, 0: from the newest. A call looks at 2000 rows at the most, so that it takes its
 * time from nobody: with a filter it may find fewer than the limit, or none, and there is a next page all the same. */
int store_audit_list(struct store *store, const struct store_audit_filter *filter, int64_t before, unsigned limit,
	struct store_audits *list, struct arena *arena, struct err *err);
/* Called whenever rows have come that stay, from within the call that wrote them: the store must not be used in it. */
void store_audit_watch(struct store *store, void (*written)(void *owner), void *owner);
/* A row for what the store has no part in (a restart, a discarded spool). */
int store_audit_add(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, struct err *err);

#endif
