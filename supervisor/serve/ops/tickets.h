/* Operations that are not over when they return: ?wait=, and a DELETE that drains. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_TICKETS_H
#define SLUICE_SUPERVISOR_SERVE_OPS_TICKETS_H

#include "supervisor/serve/serve.h"

/* What is waited for. */
enum waiting { WAIT_RUNNING, WAIT_STOPPED, WAIT_DELETED, WAIT_PROBED, WAIT_IMPORTED, WAIT_MANY };

struct ticket {
	uint64_t number;
	enum waiting waiting;
	int64_t revision;                     /* which is to run; 0: whichever */
	char id[STORE_ID_LENGTH + 1];         /* of the pipeline; "" of a probe, an import or many */
	enum waiting each;                    /* of many: what is waited for of each */
	json_t *ids;                          /* of many: of each pipeline; owned */
	size_t happened;                      /* how many, from the first on, have been seen to be there */
	struct probe *probe;                  /* owned */
	char pointer[16];                     /* of a probe: where its configuration stood in the body */
	struct api_caller caller;
	int status;                           /* of the answer when it has happened */
	json_t *members;                      /* to be added to the answer; owned */
	bool discard;
	bool orphan;                          /* nobody is left to be answered */
	bool overtaken;                       /* a DELETE: the pipeline was started in the meantime */
	bool left;                            /* a DELETE: an earlier supervisor's worker had the spool: what it leaves is written out */
	char request_id[80], address[80];
	struct ticket *next;
};

/* A new one; its members are the caller's to fill in. NULL: no memory. */
struct ticket *ticket_new(struct serve *serve, enum waiting waiting, const char *id, const struct api_request *request);
/* For answer->ticket: returns API_PENDING. */
int ticket_pending(const struct ticket *ticket, struct api_answer *answer);
/* DELETEs of this pipeline that wait. */
unsigned tickets_deletes(const struct serve *serve, const char *id);
struct ticket *ticket_find(struct serve *serve, uint64_t number);
void ticket_free(struct serve *serve, struct ticket *ticket);
/* A DELETE of this pipeline that nobody is left to be answered is no more. */
void tickets_forget_orphan(struct serve *serve, const char *id);
/* The same, for it is started; those who wait for its DELETE are to be told. */
void tickets_overtake(struct serve *serve, const char *id);

#endif
