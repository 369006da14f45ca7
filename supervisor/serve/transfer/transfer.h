/* Export and import (docs/api-transfer.md).
 *
 *     transfer_export   documents as the client takes them, from a view of the database
 *     transfer_import   an import from its request to its answer, some milliseconds at a time
 *     transfer_check    a document → what is to be stored of it
 *     transfer_store    all of it, in one transaction
 *     transfer_prune    what is not in the body: found, drained, deleted
 *     transfer_follow   what the processes make of it
 *     transfer_answer   what was done, or is wrong */
#ifndef SLUICE_SUPERVISOR_SERVE_TRANSFER_TRANSFER_H
#define SLUICE_SUPERVISOR_SERVE_TRANSFER_TRANSFER_H

#include "api/transfer.h"
#include "common/buffer.h"
#include "supervisor/serve/compose.h"
#include "supervisor/serve/ops/demands.h"
#include "supervisor/serve/ops/ops_write.h"

enum { TRANSFER_ETAG_SIZE = 40 };

/* A document and what becomes of it; or what is deleted because there is none. */
struct import_item {
	struct transfer_place place;          /* number 0: there is no document */
	enum transfer_kind kind;
	char tenant[API_NAME_SIZE];           /* "" of a tenant */
	char name[API_NAME_SIZE];             /* "": there is none that could be one */
	bool valid;                           /* nothing is wrong with it alone */

	/* What is to be stored, of what is not valid as far as it can be known; owned. NULL: as it is. */
	char *display_name, *description, *labels, *limits;
	char *config;                         /* NULL of a pipeline: nothing of it is known */
	unsigned char digest[STORE_DIGEST_SIZE];
	char *host_id;                        /* NULL: not known */
	char *auto_host_id;
	struct demands demands;
	char *summary;                        /* for the list of revisions */
	struct store_secret secrets[COMPOSE_SECRETS];     /* values owned, cleansed */
	size_t secret_count;
	json_t *missing;                      /* pointers to secrets that are to come later; NULL: none */

	/* What it was checked against: another writer may be faster. */
	bool known, wanted, moves;            /* as in struct write */
	bool was_running;
	char etag[TRANSFER_ETAG_SIZE];        /* "": there was none */

	/* What came of it. */
	char id[STORE_ID_LENGTH + 1];
	char *old_host_id;                    /* that it gives up; owned, NULL: none */
	int outcome;                          /* enum store_outcome */
	bool new_revision;
	enum action action;
	struct pipeline_stop stop;            /* where it ends, when that is the action */
	json_t *discarded;                    /* {"discarded": {…}}: what went with it; owned, NULL: nothing */
};

struct import_items {
	struct import_item *list;             /* owned */
	size_t count, size;
};

enum import_phase {
	IMPORT_READ,                          /* documents are checked, one by one */
	IMPORT_RECHECK,                       /* those that somebody has changed meanwhile, again */
	IMPORT_STORE,
	IMPORT_DRAIN,                         /* what is to be deleted writes out what it has */
	IMPORT_FOLLOW,                        /* it is stored: processes follow */
	IMPORT_OVER,
};

struct import {
	struct serve *serve;
	uint64_t ticket;                      /* 0: nobody waits for the answer */
	struct api_caller caller;
	char request_id[80], address[80];
	bool dry_run, prune, discard, secrets_later;
	struct buffer body;
	struct transfer_reader reader;
	struct import_items items;            /* documents */
	struct import_items gone;             /* what prune deletes */
	struct import_items ended;            /* what was told to end for that: their ids */
	json_t *names;                        /* "tenant/name" or "name" → index of its item */
	bool nameless;                        /* a document was there that could not be read */
	enum import_phase phase;
	size_t next;                          /* the phase's next item */
	unsigned rounds;                      /* how often others were faster */
	int64_t drain_until_ns;
	size_t errors, wrong;                 /* found, and how many documents they are in */
	int status;                           /* of the answer, as far as errors say; 0: none */
	const char *code;                     /* of the first conflict */
	bool stored;
	int result;                           /* the operation's, when it is over */
	struct api_answer answer;             /* with all that is wrong so far */
	struct loop_timer timer;
};

/* ---- transfer_import.c ---- */

/* The request of one of its items, for what the operations share. */
struct api_request import_request(const struct import *import, const struct import_item *item);
/* Grows by one, zeroed. NULL: no memory. */
struct import_item *import_items_add(struct import_items *items);
/* Frees what it owns; zeroed. */
void import_item_fini(struct import_item *item);
void import_items_fini(struct import_items *items);
/* It ends: unstored for good, or with everything stored. */
void import_end(struct import *import, int result);
void import_free(struct serve *serve);
int import_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer);
/* Nobody waits for it any more: what is not stored is given up. */
void import_cancel(struct serve *serve, struct ticket *ticket);

/* ---- transfer_check.c ---- */

/* Checks the document at the place, and fills the item. An error is none of the document's: it ends the import. */
int import_check(struct import *import, const struct transfer_place *place, struct import_item *item);
/* The same again, for what has changed meanwhile. */
int import_check_again(struct import *import, struct import_item *item);

/* ---- transfer_store.c ---- */

/* All in one transaction. It is kept, and import->stored set, unless it is a dry run, something is wrong, or something is to
 * drain first. ERR_BUSY: items whose etag is "?" are to be checked again; another error ends the import. */
int import_store(struct import *import);
/* The detail of its audit rows. */
#define IMPORT_DETAIL "{\"import\":true}"

/* ---- transfer_prune.c ---- */

/* Inside the transaction: finds what is to go, and deletes the pipelines; the tenants when nothing of theirs is left. */
int import_prune_pipelines(struct import *import, const struct store_change *change);
int import_prune_tenants(struct import *import, const struct store_change *change);
/* Something of what is to go still runs. */
bool import_must_drain(const struct import *import);
/* Tells the next one to end. False: all are told. */
bool import_drain_next(struct import *import);
/* There is nothing to wait for any more. */
bool import_drained(const struct import *import);
/* Nothing was changed: what was ended for it runs again. */
void import_resume(struct import *import);

/* ---- transfer_follow.c ---- */

/* What was created has a place among the others at once: what follows may be seen. */
void import_serve(struct import *import);
/* The process of what was stored or deleted. */
void import_follow(struct import *import, struct import_item *item);

/* ---- transfer_answer.c ---- */

/* What was found wrong with an item goes into the import's answer, with its place. */
void import_tell(struct import *import, const struct import_item *item, struct api_answer *found);
/* The same while the document is at hand. */
void import_tell_document(struct import *import, struct transfer_document *document, struct api_answer *found);
/* Makes the answer of all that is wrong; the operation's result. */
int import_refuse(struct import *import);
/* Makes the answer of what was done, or would be. */
int import_answer(struct import *import);

#endif
