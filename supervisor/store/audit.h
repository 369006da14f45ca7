/* The audit trail: one row a change, written in the change's own transaction. */
#ifndef SLUICE_SUPERVISOR_STORE_AUDIT_H
#define SLUICE_SUPERVISOR_STORE_AUDIT_H

#include "supervisor/store/store.h"

struct store_audit {
	int64_t id, at_ms;
	const char *who, *role, *address, *request_id;
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

/* Newest first. tenant NULL: all; since_ms 0: from the start; before: an id, 0: from the newest. */
int store_audit_list(struct store *store, const char *tenant, int64_t since_ms, int64_t before, unsigned limit,
	struct store_audits *list, struct arena *arena, struct err *err);
/* Called whenever rows have come that stay, from within the call that wrote them: the store must not be used in it. */
void store_audit_watch(struct store *store, void (*written)(void *owner), void *owner);
/* A row for what the store has no part in (a restart, a discarded spool). */
int store_audit_add(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, struct err *err);

#endif
