#include "worker/account_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/account_place.h"
#include "worker/spool.h"
#include "worker/worker.h"

enum { RETRY_MS = 2000 };

/* The sealer's while its job is out: base, wanted, job. All else is the loop's. */
struct account_file {
	struct worker *worker;
	struct account_base base;
	struct account_figures shown;         /* what the file says */
	struct account_figures wanted;        /* what it is to say, while it is being written */
	bool missing;                         /* it is to be written, whatever it is to say */
	bool busy, failing;
	bool last_try;                        /* of a drain, what failed before it */
	struct sealer_job job;
	struct loop_timer retry;
};

static uint64_t stored_bytes(const struct worker *worker)
{
	return spool_account(worker->spool)->bytes_written;
}

/* By the commit record. A power loss may have taken it back behind the base: then it comes to that again. */
static int64_t bytes_by(const struct account_base *base, const struct worker *worker)
{
	int64_t bytes = base->bytes + (int64_t)(stored_bytes(worker) - base->written);

	return bytes > 0 ? bytes : 0;
}

/* What is to follow `shown`; the last write is told by what it adds. */
static void make_figures(const struct account_base *base, const struct worker *worker, const struct account_figures *shown,
	struct account_figures *figures)
{
	int64_t bytes = bytes_by(base, worker);
	struct spool_totals totals;

	*figures = *shown;
	figures->start_ms = base->start_ms;
	if (bytes == shown->bytes)
		return;
	spool_totals(worker->spool, &totals);
	figures->bytes = bytes;
	if (totals.write_ms > figures->end_ms)
		figures->end_ms = totals.write_ms;
	figures->last_start_ms = figures->last_end_ms = figures->end_ms;
	figures->last_bytes = bytes > shown->bytes ? bytes - shown->bytes : 0;
}

/* ---- the beginning ---- */

static void fresh_figures(struct account_figures *figures, int64_t start_ms, int64_t bytes)
{
	*figures = (struct account_figures){ start_ms, start_ms, bytes, start_ms, start_ms, 0 };
}

enum state_of_file { FILE_READ, FILE_MISSING, FILE_SET_ASIDE };

static int read_file(struct worker *worker, const char *path, struct account_figures *figures, enum state_of_file *state,
	struct err *err)
{
	char aside[NAME_MAX + 1];
	int error = account_place_read(&worker->writer_context, path, figures, err);

	*state = error == 0 ? FILE_READ : error == ERR_NOT_FOUND ? FILE_MISSING : FILE_SET_ASIDE;
	if (error != ERR_CORRUPT)
		return error == ERR_NOT_FOUND ? 0 : error;
	error = account_place_set_aside(&worker->writer_context, path, aside, err);
	if (error == 0)
		worker_event(worker, LOG_ERROR, "account.damaged", "the account file %s is damaged: it is now %s, and %s is begun anew",
			path, aside, path);
	return error;
}

/* The file of a configuration before this one gets what it lacks. That it cannot is told and no reason to wait. */
static void finish_other(struct worker *worker, struct account_base *base)
{
	struct account_figures figures, wanted;
	struct err err = { 0 };
	enum state_of_file state;
	int error = read_file(worker, base->path, &figures, &state, &err);

	if (error == 0 && state != FILE_READ)
		fresh_figures(&figures, base->start_ms, base->bytes);
	if (error == 0 && !(state == FILE_MISSING && base->made)) {
		make_figures(base, worker, &figures, &wanted);
		error = account_place_write(&worker->writer_context, base->path, &wanted, &err);
	}
	if (error != 0)
		worker_event(worker, LOG_WARN, "account.unwritten", "the account file of before, %s, lacks what was stored last: %s",
			base->path, err.message);
	account_base_fini(base);
}

/* Where counting begins: with what the file says, or at nothing. */
static int begin(struct account_file *account, const char *path, int64_t now_ms, struct err *err)
{
	struct account_base *base = &account->base;

	if (account->missing)
		fresh_figures(&account->shown, now_ms, 0);
	account_base_fini(base);
	*base = (struct account_base){ .path = strdup(path), .bytes = account->shown.bytes,
		.written = stored_bytes(account->worker), .start_ms = account->shown.start_ms, .made = !account->missing };
	if (base->path == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for an account");
	return account_place_keep(account->worker->fds.spool, base, err);
}

static int start(struct account_file *account, const char *path, struct err *err)
{
	struct worker *worker = account->worker;
	enum state_of_file state;
	int error = read_file(worker, path, &account->shown, &state, err);

	account->missing = state != FILE_READ;
	if (error != 0)
		return err_prefix(err, "account file %s", path);
	if (account->base.path == NULL || (state == FILE_MISSING && account->base.made))
		return begin(account, path, clock_wall_ms(), err);
	if (account->missing)
		fresh_figures(&account->shown, account->base.start_ms, account->base.bytes);
	return 0;
}

static void retry_fired(struct loop_timer *timer)
{
	struct account_file *account = timer->owner;

	worker_turn(account->worker);
}

int account_file_new(struct account_file **out, struct worker *worker, struct err *err)
{
	bool wanted = worker->pipeline_config->account.type == ACCOUNT_FILE;
	const char *path = worker->pipeline_config->account.filename;
	struct account_base base;
	int error = account_place_recall(worker->fds.spool, &base, err);

	*out = NULL;
	if (error == 0 && base.path != NULL && (!wanted || strcmp(base.path, path) != 0)) {
		finish_other(worker, &base);
		error = account_place_forget(worker->fds.spool, err);
	}
	if (error == 0 && wanted && (*out = calloc(1, sizeof(**out))) == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for an account");
	if (error != 0 || !wanted) {
		account_base_fini(&base);
		return error;
	}
	**out = (struct account_file){ .worker = worker, .base = base };
	(*out)->retry = (struct loop_timer){ .fire = retry_fired, .owner = *out };
	error = start(*out, path, err);
	if (error != 0)
		account_file_free(out);
	return error;
}

void account_file_free(struct account_file **out)
{
	struct account_file *account = *out;

	if (account == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(account->worker->loop, &account->retry);
	account_base_fini(&account->base);
	free(account);
}

/* ---- writing ---- */

/* Sealer thread. */
static int write_file(struct sealer_job *job, struct err *err)
{
	struct account_file *account = loop_owner(job, struct account_file, job);
	int error = account_place_write(&account->worker->writer_context, account->base.path, &account->wanted, err);

	if (error != 0 || account->base.made)
		return error;
	account->base.made = true;
	error = account_place_keep(account->worker->fds.spool, &account->base, err);
	account->base.made = error == 0;
	return error;
}

static void written(struct sealer_job *job)
{
	struct account_file *account = loop_owner(job, struct account_file, job);
	struct worker *worker = account->worker;

	account->busy = false;
	if (job->result == 0) {
		account->shown = account->wanted;
		account->missing = account->failing = false;
		return;
	}
	if (!account->failing)
		worker_event(worker, LOG_WARN, "account.unwritten", "the account file %s cannot be written, it is tried again: %s",
			account->base.path, job->err.message);
	account->failing = true;
	loop_timer_set(worker->loop, &account->retry, loop_now(worker->loop) + RETRY_MS * NS_PER_MS, NULL);
}

void account_file_turn(struct account_file *account)
{
	if (account == NULL || account->busy || account->retry.position != 0)
		return;
	make_figures(&account->base, account->worker, &account->shown, &account->wanted);
	if (!account->missing && memcmp(&account->wanted, &account->shown, sizeof(account->shown)) == 0)
		return;
	account->busy = true;
	account->job = (struct sealer_job){ .run = write_file, .done = written };
	sealer_push(account->worker->sealer, &account->job);
}

bool account_file_ends(struct account_file *account)
{
	if (account == NULL)
		return true;
	if (account->retry.position != 0 && !account->last_try) {
		account->last_try = true;
		loop_timer_cancel(account->worker->loop, &account->retry);
		account_file_turn(account);
	}
	return !account->busy;
}
