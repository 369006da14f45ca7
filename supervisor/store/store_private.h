/* Inside this folder only. */
#ifndef SLUICE_SUPERVISOR_STORE_STORE_PRIVATE_H
#define SLUICE_SUPERVISOR_STORE_STORE_PRIVATE_H

#include <limits.h>
#include <sqlite3.h>

#include "supervisor/store/query.h"
#include "supervisor/store/store.h"

enum { STORE_HOST_ID_SIZE = 16 };

struct store {
	char path[PATH_MAX];
	int dirfd, lock_fd;           /* -1 */
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	unsigned char key[STORE_KEY_SIZE];
	char host_id[STORE_HOST_ID_SIZE];     /* "": not read yet */
	uint64_t token_generation;
	bool grouped, group_broken;
	bool audited;                 /* in the transaction that is open */
	void (*written)(void *owner); /* NULL: nobody watches the audit trail */
	void *watcher;
};

/* NULL is "". */
static inline const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

int64_t change_time(const struct store_change *change);
/* The audit row of a change, inside its transaction. */
int audit_write(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, struct err *err);
/* With "revision" and "summary" added to the detail; 0 and "": none. */
struct audit_revision {
	int64_t number;
	const char *summary;
};
int audit_write_revision(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, const struct audit_revision *revision, struct err *err);
/* How many a tenant has; 0 also where there is no such tenant. */
int tenant_pipelines(struct store *store, const char *tenant, uint64_t *count, struct err *err);
/* 16 random hex digits. */
void random_id(char id[17]);
/* Room for `count` of a list; NULL and err set when the arena is full. */
void *list_alloc(struct arena *arena, size_t count, size_t size, struct err *err);
/* A page's size: what was asked for, at least 1, at most 1000; 0: 100. */
unsigned page_size(unsigned limit);
/* Notes why; refusal may be NULL. */
void refuse(struct store_refusal *refusal, int kind);
/* The same beside what was noted before, of a refusal that began as zero. */
void refuse_too(struct store_refusal *refusal, int kind);

#endif
