/* The configuration of a write: the one that was sent, or one of before that is to come back. */
#include <inttypes.h>
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/ops_write.h"
#include "supervisor/store/revisions.h"

/* Of what was sent, the check has seen which are new. */
static void describe_secrets(struct write *write)
{
	const struct composed *composed = &write->composed;

	for (size_t i = 0; i < composed->secret_count; i++) {
		if (composed->new_secrets & 1u << i)
			changes_add(&write->changes, composed->secrets[i].field, "changed");
	}
}

/* Those of another revision were all kept: which of them are the present one's as well? */
static void describe_restored_secrets(struct write *write)
{
	struct store *store = write->serve->store;
	struct store_secrets then = { 0 }, now = { 0 };
	struct err err;

	if (store_secrets_read(store, write->before.id, write->restores, &then, &err) == 0 &&
		store_secrets_read(store, write->before.id, write->before.revision, &now, &err) == 0) {
		for (size_t i = 0; i < then.count; i++) {
			const char *present = store_secrets_value(&now, then.items[i].field);

			if (present == NULL || strcmp(present, then.items[i].value) != 0)
				changes_add(&write->changes, then.items[i].field, "changed");
		}
	}
	store_secrets_fini(&then);
	store_secrets_fini(&now);
}

void write_describe(struct write *write)
{
	json_t *before;

	if (!write->known) {
		memcpy(write->changes.text, "created", sizeof("created"));
		return;
	}
	before = ops_json(write->before.config);
	changes_compare(&write->changes, before, write->composed.shown);
	json_decref(before);
	if (write->restores != 0)
		describe_restored_secrets(write);
	else
		describe_secrets(write);
}

static int refuse_unknown(struct write *write)
{
	answer_error(write->answer, &(struct api_error){ "/revision", "revision.unknown", NULL, 0, 0 },
		"there is no revision %" PRId64, write->restores);
	return answer_refuse(write->answer, 422, "revision.unknown", "The pipeline has no revision %" PRId64 " (any more).",
		write->restores);
}

/* Its secrets are that revision's, not the present one's. */
static int compose_revision(struct write *write, const struct store_revision *revision)
{
	struct store_pipeline then = write->before;
	int error;

	then.revision = write->restores;
	write->restored = (struct api_pipeline_input){ .config = ops_json(revision->config), .config_pointer = "" };
	write->input = &write->restored;
	error = compose_input(&write->composed, write->serve, write->input, &then, write->answer);
	if (error != 0 && write->answer->problem.status == 422)
		return answer_refuse(write->answer, 422, "revision.invalid", "Revision %" PRId64 " is not valid any more: see errors.",
			write->restores);
	return error;
}

static int compose_restored(struct write *write)
{
	struct store_revision revision;
	struct err err;
	int error;

	if (!write->known)
		return answer_not_found(write->answer);
	/* it is the present one: nothing is to be done */
	if (write->restores == write->before.revision) {
		write->restores = 0;
		return 0;
	}
	error = store_revision_get(write->serve->store, write->before.id, write->restores, &revision, &write->arena, &err);
	if (error == ERR_NOT_FOUND)
		return refuse_unknown(write);
	return error == 0 ? compose_revision(write, &revision) : ops_failed(write->answer, error, &err);
}

int write_compose(struct write *write)
{
	int error;

	if (write->restores != 0)
		error = compose_restored(write);
	else if (write->input->config == NULL)
		return write->known ? 0 : ops_refuse_missing(write->answer);
	else
		error = compose_input(&write->composed, write->serve, write->input, write->known ? &write->before : NULL,
			write->answer);
	if (ops_goes_on(error) && write->composed.config != NULL)
		write_describe(write);
	return error;
}
