/* A pipeline's write inside ops_write*.c and transfer_*.c. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_OPS_WRITE_H
#define SLUICE_SUPERVISOR_SERVE_OPS_OPS_WRITE_H

#include "supervisor/serve/compose.h"
#include "supervisor/serve/ops/changes.h"
#include "supervisor/serve/ops/demands.h"
#include "supervisor/serve/served.h"

/* What a write means for the process. */
enum action { ACTION_NONE, ACTION_START, ACTION_RESTART, ACTION_STOP };

/* One write on its way. */
struct write {
	struct serve *serve;
	const struct api_request *request;
	const struct api_pipeline_input *input;
	struct api_answer *answer;
	struct arena arena;
	struct store_change change;
	struct store_pipeline before;         /* zero of a new one */
	bool known;
	bool wanted;                          /* whether it should run behind this; before.running says whether it did */
	struct composed composed;             /* zero when the configuration stays */
	struct demands demands;               /* of the configuration */
	struct store_put_result result;
	int64_t restores;                     /* the revision that is to come back; 0: none */
	struct api_pipeline_input restored;   /* that revision as if it had been sent; its config is owned */
	struct changes changes;               /* of the configuration, for the list of revisions */
	char *labels, *limits;                /* owned */
	struct pipeline_stop stop;            /* where it ends, when that is the action */
	enum action action;
};

/* What the write's configuration is, checked: as sent, or of a revision that comes back. As write_check(). */
int write_compose(struct write *write);
/* What the list of revisions will say of what was composed: fills changes. */
void write_describe(struct write *write);
/* Borrows all but the serve for as long as it lasts. */
void write_init(struct write *write, struct serve *serve, const struct api_request *request,
	const struct api_pipeline_input *input, struct api_answer *answer);
void write_fini(struct write *write);
/* JSON as the store has it; malloc'd. NULL: no memory, or nothing was given. */
char *write_text(const json_t *value);
/* Fills before, known and wanted. 0, or the operation's result. */
int write_read(struct write *write);
/* It runs, and with the new configuration (composed, without mistakes) its next worker is to read from elsewhere. */
bool write_moves(const struct write *write);
/* Does a DELETE wait for it, which this write does not take back? 0, or the operation's result. */
int write_check_deletes(struct write *write);
/* All that may refuse it before the store has its say, in order of weight: the configuration itself, what it demands, and
 * whether it can run and one more may. 0; ERR_INVALID with all of it in the answer; or another result of the operation, and
 * nothing more can be found. */
int write_check(struct write *write);
/* Something has: what comes later can only add to it. */
bool write_refused(const struct write *write);

#endif
