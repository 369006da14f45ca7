/* Tenants. `default` exists from the start. */
#ifndef SLUICE_SUPERVISOR_STORE_TENANTS_H
#define SLUICE_SUPERVISOR_STORE_TENANTS_H

#include "supervisor/store/store.h"

struct store_tenant {
	const char *name, *display_name;
	const char *limits;           /* JSON object; the store itself reads "pipelines" */
	int64_t created_ms, updated_ms;
	unsigned tokens;              /* how many it has, expired ones too; not for those that write */
};

struct store_tenants {
	struct store_tenant *items;
	size_t count;
	const char *next;             /* give it as `after` for the next page; NULL: there is none */
};

/* Sorted by name; after NULL: from the first. */
int store_tenants_list(struct store *store, const char *after, unsigned limit, struct store_tenants *list,
	struct arena *arena, struct err *err);
/* ERR_NOT_FOUND. */
int store_tenant_get(struct store *store, const char *name, struct store_tenant *tenant, struct arena *arena,
	struct err *err);
/* Creates or changes; display_name or limits NULL keeps what there is. *outcome: enum store_outcome. ERR_INVALID: a
 * name that does not fit its grammar, limits that are no JSON object. */
int store_tenant_put(struct store *store, const struct store_change *change, const struct store_tenant *tenant,
	int *outcome, struct err *err);
/* Deletes it with its tokens. STORE_NOT_EMPTY unless force, which deletes its pipelines too (stop them first and keep
 * their ids: their spools are the caller's). refusal may be NULL. */
int store_tenant_delete(struct store *store, const struct store_change *change, const char *name, bool force,
	struct store_refusal *refusal, struct err *err);

#endif
