/* The database of `sluiced serve`: tenants, tokens, pipelines, revisions, secrets, claims, the audit trail, and what
 * the supervisor must remember over its own death. The only SQL of the project is in this folder.
 *
 * Everything is synchronous and meant for one thread. A function that writes has made its change durable when it
 * returns 0, and has changed nothing when it does not. Of the errors that every function may return:
 *   ERR_NO_SPACE  the disk is full          } rolled back; the store goes on working
 *   ERR_IO        the disk failed           }
 *   ERR_AGAIN     another process is writing }
 *   ERR_CORRUPT   the database is damaged
 *   ERR_NO_MEMORY, ERR_LIMIT (the arena's cap)
 * Texts that are returned live in the arena that the caller gives; texts are UTF-8, times ms since 1970. */
#ifndef SLUICE_SUPERVISOR_STORE_STORE_H
#define SLUICE_SUPERVISOR_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

struct store;

struct store_options {
	/* Beside a running supervisor, for `token create` and `backup`: takes no lock, makes and migrates nothing. */
	bool beside;
	/* The folder's lock, taken over from the image of this process that had it before; 0: it is to be taken. */
	int lock_fd;
};

/* Opens (makes, 0700) the data folder, takes its lock, opens sluice.db and brings it up to date, checks it, reads or
 * makes master.key, writes admin.token at the first start. options may be NULL. Every message says what to do.
 *   ERR_BUSY         a supervisor (pid in the message) has the folder
 *   ERR_DENIED       permissions: of the folder, of a file in it
 *   ERR_CORRUPT      damaged, no database at all, not Sluice's, or empty beside an older master.key
 *   ERR_UNSUPPORTED  written by a newer version
 *   ERR_INVALID      master.key is not the one that the database's secrets need
 *   ERR_NOT_FOUND    master.key is gone; with `beside`: there is no database */
int store_open(struct store **store, const char *data_dir, const struct store_options *options, struct err *err);
void store_close(struct store **store);

/* Whether store_open() could bring the database of this folder to this program's version. Beside a supervisor that runs; it
 * changes nothing. ERR_UNSUPPORTED: it is of a newer one. */
int store_check(const char *data_dir, struct err *err);

/* The same database as it is now, to be read beside what goes on: it shows no later change. What it pins of the log is
 * given back by store_close(). */
int store_open_view(struct store **view, const struct store *store, struct err *err);

/* The data folder: for spool/, logs/ and files/ beside the database. Borrowed. */
const char *store_path(const struct store *store);
int store_dirfd(const struct store *store);
/* The descriptor that holds the folder's lock, for the next image of this process. Borrowed. */
int store_lock_fd(const struct store *store);

/* Who makes a change, and how. Given to each function that writes for somebody, NULL for the supervisor itself; texts
 * are borrowed during the call, NULL means "". */
struct store_change {
	const char *who;              /* the token's name or id; "sluiced" for the supervisor itself */
	const char *role;             /* admin, operator, viewer, system */
	const char *address;          /* where from */
	const char *request_id;
	const char *detail;           /* JSON object for the audit row; NULL: {} */
	int64_t at_ms;                /* 0: now */
	bool dry_run;                 /* do all of it, refuse what would be refused, and roll back */
};

enum store_outcome { STORE_UNCHANGED, STORE_CREATED, STORE_CHANGED };

/* Why a change was refused, for the functions that take one. The code returned goes with it, as noted. */
enum store_refusal_kind {
	STORE_NOT_REFUSED,
	STORE_NO_TENANT,              /* ERR_NOT_FOUND */
	STORE_NO_PIPELINE,            /* ERR_NOT_FOUND */
	STORE_NO_REVISION,            /* ERR_NOT_FOUND */
	STORE_NO_TOKEN,               /* ERR_NOT_FOUND */
	/* a put finds all that hold of EXISTS, QUOTA, SECRET_MISSING and CLAIMED; its code is that of the first */
	STORE_EXISTS,                 /* ERR_BUSY: to be created, and there already */
	STORE_STALE,                  /* ERR_BUSY: If-Match names another version */
	STORE_QUOTA,                  /* ERR_LIMIT: number is the tenant's limit of pipelines */
	STORE_SECRET_MISSING,         /* ERR_INVALID: fields have no stored value to keep */
	STORE_CLAIMED,                /* ERR_BUSY: conflicts */
	STORE_NOT_EMPTY,              /* ERR_BUSY: number is the tenant's pipelines */
	STORE_REFUSALS
};

enum { STORE_CONFLICTS = 8, STORE_FIELDS = 8 };

struct store_conflict {
	const char *kind, *value;     /* "host_id", "port", "file" */
	const char *tenant, *name;    /* the holder: only for those who may see it */
	const char *suggestion;       /* host_id: one that is free now; else "" */
};

struct store_refusal {
	int kind;                     /* enum store_refusal_kind: the first that was found */
	unsigned kinds;               /* bit of each that was */
	uint64_t number;
	const char *fields[STORE_FIELDS];     /* all that were found, up to these */
	size_t field_count;
	struct store_conflict conflicts[STORE_CONFLICTS];   /* all that were found, up to these */
	size_t conflict_count;
};

/* Several changes as one transaction, all or nothing: begin, any of the other functions, end. A change that is refused
 * or fails undoes itself alone; whether to go on is the caller's decision. Between the two nothing else may run on the
 * store. ERR_AGAIN from end: the database had to undo everything (the disk was full); nothing was changed. */
int store_group_begin(struct store *store, struct err *err);
int store_group_end(struct store *store, bool keep, struct err *err);

/* A consistent copy while the store is in use, mode 0600; without master.key, which is needed to read its secrets.
 * An existing file is refused (ERR_BUSY); what a full disk leaves behind is removed. */
int store_backup(struct store *store, const char *path, struct err *err);

enum { STORE_KEY_SIZE = 32 };
/* Encrypts all secrets anew and replaces master.key. key: STORE_KEY_SIZE bytes, NULL: drawn. Killed at any moment, the
 * next store_open finds the key that fits. ERR_BUSY inside a group. */
int store_rekey(struct store *store, const struct store_change *change, const unsigned char *key, struct err *err);

/* A value of the supervisor's own; *value NULL when never set. */
int store_setting_get(struct store *store, const char *key, const char **value, struct arena *arena, struct err *err);
int store_setting_set(struct store *store, const char *key, const char *value, struct err *err);
/* What the shared subscriptions show to analyzers: "sluice-" and 8 hex digits, made once. Borrowed from the store. */
int store_host_id(struct store *store, const char **host_id, struct err *err);

#endif
