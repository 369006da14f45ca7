/* Creating, replacing and restoring a pipeline, each in one transaction. */
#include <stdio.h>
#include <string.h>

#include "supervisor/store/crypto.h"
#include "supervisor/store/json_object.h"
#include "supervisor/store/pipeline_rows.h"
#include "supervisor/store/revision_rows.h"
#include "supervisor/store/secrets.h"

enum { SUMMARY_SIZE = 640 };      /* a revision's, and settings' names */

/* One put under way. */
struct work {
	struct store *store;
	const struct store_change *change;
	const struct store_put *put;
	struct store_put_result *result;
	struct arena *arena;
	int64_t now_ms;
	bool created;
	struct store_pipeline old, wanted;    /* the row as it was and as it is to be */
	struct store_secrets secrets;         /* of the present revision */
	unsigned char canonical[CRYPTO_HASH_SIZE];
};

/* ---- what refuses it: each notes it and goes on, so that all is told at once ---- */

static int check_quota(struct work *work, struct err *err)
{
	struct query query = query_begin(work->store, SQL_TENANT_LIMIT, NULL);
	struct store_refusal *refusal = &work->result->refusal;
	uint64_t count;
	int64_t limit = -1;
	int error, row;

	query_text(&query, work->put->tenant);
	row = query_row(&query, err);
	if (row == 1)
		limit = query_get_number(&query, 0);
	if (row == 0) {
		refuse(refusal, STORE_NO_TENANT);
		row = err_set(err, ERR_NOT_FOUND, "there is no tenant %s", work->put->tenant);
	}
	error = query_end(&query, row, err);
	if (error == 0 && limit >= 0)
		error = tenant_pipelines(work->store, work->put->tenant, &count, err);
	if (error != 0 || limit < 0 || count < (uint64_t)limit)
		return error;
	refuse_too(refusal, STORE_QUOTA);
	refusal->number = (uint64_t)limit;
	return 0;
}

static int insert_row(struct work *work, struct err *err)
{
	struct query query = query_begin(work->store, SQL_PIPELINE_INSERT, NULL);
	char id[17];

	random_id(id);
	work->old = (struct store_pipeline){ .id = arena_strdup(work->arena, id), .tenant = work->put->tenant,
		.name = work->put->name, .host_id = "", .host_id_used = "", .description = "", .labels = "{}", .limits = "{}",
		.running = true };
	if (work->old.id == NULL)
		return query_end(&query, err_set(err, ERR_LIMIT, "no memory for a pipeline"), err);
	query_text(&query, work->old.id);
	query_text(&query, work->put->tenant);
	query_text(&query, work->put->name);
	query_number(&query, work->now_ms);
	return query_run(&query, err);
}

/* Finds the row or makes it. */
static int find(struct work *work, struct err *err)
{
	const struct store_put *put = work->put;
	int error = store_pipeline_get(work->store, put->tenant, put->name, &work->old, work->arena, err);

	work->created = error == ERR_NOT_FOUND;
	if (error != 0 && !work->created)
		return error;
	if (!work->created && put->create_only)
		refuse_too(&work->result->refusal, STORE_EXISTS);
	error = work->created ? check_quota(work, err) : 0;
	if (error == 0)
		error = pipeline_match(work->created ? NULL : &work->old, put->if_match, &work->result->refusal, err);
	if (error == 0 && work->created)
		error = insert_row(work, err);
	return error;
}

/* What is left out keeps its value. */
static int want(struct work *work, struct err *err)
{
	const struct store_put *put = work->put;
	struct store_pipeline *wanted = &work->wanted;
	int error = 0;

	*wanted = work->old;
	wanted->host_id = text_or_empty(put->host_id);
	if (put->desired != STORE_KEEP_STATE)
		wanted->running = put->desired == STORE_RUN;
	if (put->description != NULL)
		wanted->description = put->description;
	if (put->labels != NULL)
		error = json_object_of(work->store, "labels", put->labels, &wanted->labels, work->arena, err);
	if (error == 0 && put->limits != NULL)
		error = json_object_of(work->store, "limits", put->limits, &wanted->limits, work->arena, err);
	return error;
}

static int miss_secret(struct work *work, const char *field, struct err *err)
{
	struct store_refusal *refusal = &work->result->refusal;
	const char *copy = arena_strdup(work->arena, field);

	if (copy == NULL)
		return err_set(err, ERR_LIMIT, "no memory for the name of a secret");
	refuse_too(refusal, STORE_SECRET_MISSING);
	if (refusal->field_count < STORE_FIELDS)
		refusal->fields[refusal->field_count++] = copy;
	return 0;
}

/* Every secret that is to be kept must be there. *same: all values are as stored. */
static int compare_secrets(struct work *work, bool *same, struct err *err)
{
	const struct store_put *put = work->put;
	int error = 0;

	if (!work->created)
		error = store_secrets_read_kept(work->store, work->old.id, work->old.revision, &work->secrets, err);
	if (error != 0)
		return error;
	*same = put->secret_count == work->secrets.count;
	for (size_t i = 0; i < put->secret_count && error == 0; i++) {
		const char *stored = store_secrets_value(&work->secrets, put->secrets[i].field);

		if (put->secrets[i].value == NULL && stored == NULL)
			error = miss_secret(work, put->secrets[i].field, err);
		if (put->secrets[i].value != NULL && (stored == NULL || strcmp(stored, put->secrets[i].value) != 0))
			*same = false;
	}
	return error;
}

/* 0 where nothing was noted. */
static int refused(const struct store_refusal *refusal, struct err *err)
{
	switch (refusal->kind) {
	case STORE_NOT_REFUSED:
		return 0;
	case STORE_EXISTS:
		return err_set(err, ERR_BUSY, "there is a pipeline of this name already");
	case STORE_QUOTA:
		return err_set(err, ERR_LIMIT, "the tenant has as many pipelines as it may have");
	case STORE_SECRET_MISSING:
		return err_set(err, ERR_INVALID, "%s: there is no stored value to keep", refusal->fields[0]);
	default:
		return err_set(err, ERR_BUSY, "another pipeline has what this one asks for");
	}
}

/* ---- a put ---- */

int store_digest(const char *canonical, unsigned char digest[STORE_DIGEST_SIZE], struct err *err)
{
	return crypto_sha256(canonical, strlen(canonical), digest, err);
}

/* `auto` is to come to something else than it has. */
static bool renamed(const struct work *work)
{
	const struct store_put *put = work->put;

	return put->auto_host_id != NULL && strcmp(text_or_empty(put->host_id), "auto") == 0 &&
		strcmp(put->auto_host_id, work->old.host_id_used) != 0;
}

static int revision_needed(struct work *work, bool *needed, struct err *err)
{
	unsigned char before[CRYPTO_HASH_SIZE];
	bool same = false;
	int error = 0;

	if (work->put->digest != NULL)
		memcpy(work->canonical, work->put->digest, sizeof(work->canonical));
	else
		error = store_digest(work->put->canonical, work->canonical, err);
	if (error == 0)
		error = compare_secrets(work, &same, err);
	*needed = work->created || !same || renamed(work);
	if (error != 0 || *needed)
		return error;
	error = revision_canonical(work->store, work->old.id, work->old.revision, before, err);
	*needed = memcmp(before, work->canonical, sizeof(before)) != 0;
	return error;
}

static int write_revision(struct work *work, struct err *err)
{
	const struct store_put *put = work->put;
	struct store_pipeline *wanted = &work->wanted;
	struct new_revision revision = { .pipeline = wanted->id, .number = ++wanted->revision, .config = put->config,
		.canonical = work->canonical, .host_id = wanted->host_id,
		.who = text_or_empty(work->change ? work->change->who : "sluiced"), .summary = text_or_empty(put->summary),
		.at_ms = work->now_ms, .claims = put->claims, .claim_count = put->claim_count };
	int error = revision_insert(work->store, &revision, err);

	if (error == 0)
		error = secrets_write(work->store, wanted->tenant, wanted->id, wanted->revision, put->secrets,
			put->secret_count, &work->secrets, err);
	work->result->new_revision = error == 0;
	return error;
}

static bool same_settings(const struct store_pipeline *one, const struct store_pipeline *other)
{
	return strcmp(one->description, other->description) == 0 && strcmp(one->labels, other->labels) == 0
		&& strcmp(one->limits, other->limits) == 0;
}

/* What the trail tells of it: the revision's own words, and which settings are different that no revision has. */
static const char *describe(const struct work *work, const char *summary, char text[SUMMARY_SIZE])
{
	const struct store_pipeline *old = &work->old, *wanted = &work->wanted;
	bool told = work->result->new_revision && text_or_empty(summary)[0] != '\0';

	if (work->created)
		return text_or_empty(summary);
	snprintf(text, SUMMARY_SIZE, "%s%s%s%s%s%s", told ? "; " : "", told ? summary : "",
		strcmp(old->description, wanted->description) != 0 ? "; description" : "",
		strcmp(old->labels, wanted->labels) != 0 ? "; labels" : "", strcmp(old->limits, wanted->limits) != 0 ? "; limits" : "",
		old->running != wanted->running ? "; desired_state" : "");
	return text[0] != '\0' ? text + strlen("; ") : text;
}

/* The row last, so that it names a revision that is there; then the trail. summary: of the new revision. */
static int finish(struct work *work, const char *action, const char *summary, struct err *err)
{
	struct store_put_result *result = work->result;
	bool grows = result->new_revision || !same_settings(&work->old, &work->wanted);
	char text[SUMMARY_SIZE];
	struct audit_revision told = { result->new_revision ? work->wanted.revision : 0, describe(work, summary, text) };
	int error = 0;

	if (work->created || grows || work->old.running != work->wanted.running) {
		result->outcome = work->created ? STORE_CREATED : STORE_CHANGED;
		error = pipeline_update(work->store, &work->wanted, grows, work->now_ms, err);
		if (error == 0 && result->new_revision)
			error = revisions_trim(work->store, work->wanted.id, err);
		if (error == 0)
			error = audit_write_revision(work->store, work->change, work->wanted.tenant, action, work->wanted.name,
				&told, err);
	}
	if (error != 0)
		return error;
	return store_pipeline_get_id(work->store, work->wanted.id, &result->pipeline, work->arena, err);
}

int pipeline_update(struct store *store, const struct store_pipeline *pipeline, int64_t grow, int64_t now_ms,
	struct err *err)
{
	struct query query = query_begin(store, SQL_PIPELINE_UPDATE, NULL);

	query_text(&query, pipeline->id);
	query_text(&query, pipeline->host_id);
	query_text(&query, pipeline->host_id_used);
	query_text(&query, pipeline->description);
	query_text(&query, pipeline->labels);
	query_text(&query, pipeline->limits);
	query_number(&query, pipeline->running);
	query_number(&query, pipeline->revision);
	query_number(&query, grow);
	query_number(&query, now_ms);
	return query_run(&query, err);
}

/* All that may refuse it. *needed: there is to be a new revision. */
static int check(struct work *work, bool *needed, struct err *err)
{
	const struct store_put *put = work->put;
	int error = find(work, err);

	if (error == 0)
		error = want(work, err);
	if (error == 0)
		error = revision_needed(work, needed, err);
	if (error == 0 && *needed)
		error = claims_take(work->store, &work->old, work->wanted.host_id, put->auto_host_id, put->claims,
			put->claim_count, &work->wanted.host_id_used, &work->result->refusal, work->arena, err);
	return error == 0 ? refused(&work->result->refusal, err) : error;
}

/* Inside the transaction. */
static int put(struct work *work, struct err *err)
{
	bool needed = false;
	int error = check(work, &needed, err);

	if (error == 0 && needed)
		error = write_revision(work, err);
	else if (error == 0)
		work->wanted.host_id = work->old.host_id;
	return error == 0 ? finish(work, work->created ? "pipeline.create" : "pipeline.change", work->put->summary, err) : error;
}

int store_pipeline_put(struct store *store, const struct store_change *change, const struct store_put *given,
	struct store_put_result *result, struct arena *arena, struct err *err)
{
	struct work work = { .store = store, .change = change, .put = given, .result = result, .arena = arena,
		.now_ms = change_time(change) };
	int error = txn_begin(store, err);

	*result = (struct store_put_result){ .outcome = STORE_UNCHANGED };
	if (error != 0)
		return error;
	error = txn_end(store, change, put(&work, err), err);
	store_secrets_fini(&work.secrets);
	return error;
}

/* ---- restore ---- */

static int restore(struct work *work, const char *id, int64_t number, const char *if_match, const char *summary,
	struct err *err)
{
	struct store_refusal *refusal = &work->result->refusal;
	struct store_revision revision;
	struct revision_claims claims;
	int error = store_pipeline_get_id(work->store, id, &work->old, work->arena, err);

	if (error == ERR_NOT_FOUND)
		return pipeline_missing(id, refusal, err);
	if (error == 0)
		error = pipeline_match(&work->old, if_match, refusal, err);
	if (error != 0)
		return error;
	error = store_revision_get(work->store, id, number, &revision, work->arena, err);
	if (error == ERR_NOT_FOUND)
		refuse(refusal, STORE_NO_REVISION);
	if (error == 0)
		error = revision_claims_read(work->store, id, number, &claims, work->arena, err);
	if (error != 0)
		return error;
	work->wanted = work->old;
	work->wanted.host_id = revision.host_id;
	work->wanted.revision++;
	error = claims_take(work->store, &work->old, revision.host_id, NULL, claims.items, claims.count,
		&work->wanted.host_id_used, refusal, work->arena, err);
	if (error == 0)
		error = refused(refusal, err);
	if (error == 0)
		error = revision_copy(work->store, id, number, work->wanted.revision, work->change, summary, work->now_ms, err);
	work->result->new_revision = error == 0;
	return error == 0 ? finish(work, "pipeline.rollback", summary, err) : error;
}

int store_pipeline_restore(struct store *store, const struct store_change *change, const char *id, int64_t revision,
	const char *if_match, const char *summary, struct store_put_result *result, struct arena *arena,
	struct err *err)
{
	struct work work = { .store = store, .change = change, .result = result, .arena = arena,
		.now_ms = change_time(change) };
	int error = txn_begin(store, err);

	*result = (struct store_put_result){ .outcome = STORE_UNCHANGED };
	if (error != 0)
		return error;
	return txn_end(store, change, restore(&work, id, revision, if_match, summary, err), err);
}
